package dns

import (
	"fmt"

	"github.com/go-acme/lego/v5/challenge"
	"github.com/go-acme/lego/v5/providers/dns/cloudflare"
	"github.com/go-acme/lego/v5/providers/dns/gcloud"
	"github.com/go-acme/lego/v5/providers/dns/route53"
)

// NewDNSChallengeProviderByName has the few of lego's providers of which this image is a stand-in.
func NewDNSChallengeProviderByName(name string) (challenge.Provider, error) {
	switch name {
	case "cloudflare":
		return cloudflare.NewDNSProvider()
	case "gcloud":
		return gcloud.NewDNSProvider()
	case "route53":
		return route53.NewDNSProvider()
	default:
		return nil, fmt.Errorf("unrecognized DNS provider: %s", name)
	}
}

// GetProviderCodes are those.
func GetProviderCodes() []string { return []string{"cloudflare", "gcloud", "route53"} }
