package local

import (
	"bytes"
	"strings"
	"sync"

	provider "github.com/pulumi/pulumi-go-provider"
)

// shared gathers two streams in the order they were written, and logs whole lines as they come.
type shared struct {
	mutex sync.Mutex
	all   bytes.Buffer
	line  strings.Builder
	log   provider.Logger
}

type stream struct {
	*shared
	logged bool
}

func (s *stream) Write(chunk []byte) (int, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.all.Write(chunk)
	if !s.logged {
		return len(chunk), nil
	}
	s.line.Write(chunk)
	text := s.line.String()
	if end := strings.LastIndexByte(text, '\n'); end >= 0 {
		s.log.Info(text[:end])
		s.line.Reset()
		s.line.WriteString(text[end+1:])
	}
	return len(chunk), nil
}

// flush logs what came without a line's end. Both streams are closed by then.
func (s *shared) flush() {
	if s.line.Len() > 0 {
		s.log.Info(s.line.String())
	}
}
