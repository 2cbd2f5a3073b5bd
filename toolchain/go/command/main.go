// Command pulumi-resource-command serves command:local:Command of the npm package @pulumi/command, for machines
// that can't download the vendor's plugin. Remote commands, runs and copies are not in it, nor are assets.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/pulumi/pulumi-go-provider/infer"

	"berth.invalid/command/local"
)

// Version is that of the npm package; the build sets it.
var Version = "0.0.0"

func main() {
	provider, err := infer.NewProviderBuilder().
		WithResources(infer.Resource(local.Command{})).
		Build()
	if err == nil {
		err = provider.Run(context.Background(), "command", Version)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
