// Package shim opens the upstream provider's internal package: Go lets only paths below the upstream's own
// module path import it, and a module may be given such a path by a replace directive.
package shim

import (
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/terraform-providers/terraform-provider-docker/internal/provider"
)

// NewProvider is the upstream's Docker provider.
func NewProvider() *schema.Provider { return provider.New("berth")() }
