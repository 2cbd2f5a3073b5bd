package local

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	provider "github.com/pulumi/pulumi-go-provider"
)

// run keeps what the command wrote. Its error quotes that, since a person has nothing else to go by.
func (s *State) run(ctx context.Context, command *string) error {
	if command == nil {
		return nil
	}
	interpreter := s.Interpreter
	if len(interpreter) == 0 {
		interpreter = []string{"/bin/sh", "-c"}
	}
	cmd := exec.CommandContext(ctx, interpreter[0], append(interpreter[1:len(interpreter):len(interpreter)], *command)...)
	cmd.WaitDelay = 5 * time.Second // a child that outlives a cancelled shell would hold its output open for ever
	cmd.Env = s.environ()
	if s.Dir != nil {
		cmd.Dir = *s.Dir
	}
	if s.Stdin != nil {
		cmd.Stdin = strings.NewReader(*s.Stdin)
	}
	var stdout, stderr bytes.Buffer
	both := &shared{log: provider.GetLogger(ctx)}
	cmd.Stdout = io.MultiWriter(&stdout, &stream{both, s.logs("stdout")})
	cmd.Stderr = io.MultiWriter(&stderr, &stream{both, s.logs("stderr")})
	err := cmd.Run()
	both.flush()
	if err != nil {
		return fmt.Errorf("%w: running %q:\n%s", err, *command, both.all.String())
	}
	s.Stdout, s.Stderr = strings.TrimSuffix(stdout.String(), "\n"), strings.TrimSuffix(stderr.String(), "\n")
	return nil
}

func (s *State) environ() []string {
	env := os.Environ()
	for name, value := range s.Environment {
		env = append(env, name+"="+value)
	}
	if s.AddPreviousOutputInEnv != nil && !*s.AddPreviousOutputInEnv {
		return env
	}
	if s.Stdout != "" {
		env = append(env, "PULUMI_COMMAND_STDOUT="+s.Stdout)
	}
	if s.Stderr != "" {
		env = append(env, "PULUMI_COMMAND_STDERR="+s.Stderr)
	}
	return env
}

// logs says whether a stream is shown while the command runs: both are unless the program chose.
func (s *State) logs(stream string) bool {
	return s.Logging == nil || *s.Logging == "stdoutAndStderr" || *s.Logging == stream
}
