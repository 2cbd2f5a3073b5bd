// Command pulumi-resource-random serves the resources of the npm package @pulumi/random, for machines that
// can't download the vendor's plugin.
package main

import (
	"context"
	"encoding/json"
	"os"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/cmdutil"
)

// Version is that of the npm package; the build sets it.
var Version = "0.0.0"

func main() {
	info := provider(Version)
	if len(os.Args) == 2 && os.Args[1] == "-names" {
		if err := json.NewEncoder(os.Stdout).Encode(names(info)); err != nil {
			cmdutil.ExitError(err.Error())
		}
		return
	}
	tfbridge.Main(context.Background(), "random", info, tfbridge.ProviderMetadata{PackageSchema: []byte("{}")})
}
