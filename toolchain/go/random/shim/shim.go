// Package shim opens the upstream provider's internal package: Go lets only paths below the upstream's own
// module path import it, and a module may be given such a path by a replace directive.
package shim

import (
	framework "github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/terraform-providers/terraform-provider-random/internal/provider"
)

// NewProvider is the upstream's random provider.
func NewProvider() framework.Provider { return provider.New() }
