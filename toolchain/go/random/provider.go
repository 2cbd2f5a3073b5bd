package main

import (
	"context"
	"errors"

	pf "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/terraform-providers/terraform-provider-random/shim"
)

// provider gives the upstream's resources the tokens of the Node.js package. What is secret the upstream's own
// schema says (password, bytes), so that results are secret outputs from birth.
func provider(version string) tfbridge.ProviderInfo {
	info := tfbridge.ProviderInfo{
		P:                           pf.ShimProvider(shim.NewProvider()),
		Name:                        "random",
		Version:                     version,
		MetadataInfo:                tfbridge.NewProviderMetadata([]byte("{}")),
		Resources:                   map[string]*tfbridge.ResourceInfo{"random_bytes": {ComputeID: bytesID}},
		EnableAccurateBridgePreview: true,
	}
	info.MustComputeTokens(tokens.SingleModule("random_", "index", func(module, name string) (string, error) {
		return tokens.MakeStandard("random")(module, "Random"+name)
	}))
	return info
}

// bytesID exists because random_bytes, alone among its kind, has no id of its own.
func bytesID(_ context.Context, state resource.PropertyMap) (resource.ID, error) {
	encoded := state["base64"]
	if encoded.IsSecret() {
		encoded = encoded.SecretValue().Element
	}
	if !encoded.IsString() {
		return "", errors.New("base64: must be a string in the state of random_bytes")
	}
	return resource.ID(encoded.StringValue()), nil
}
