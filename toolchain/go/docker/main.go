// Command pulumi-resource-docker serves the resources of the npm package @pulumi/docker that Berth uses, for
// machines that can't download the vendor's plugin.
package main

import (
	"encoding/json"
	"os"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
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
	tfbridge.Main("docker", Version, info, []byte("{}"))
}
