package main

import (
	"strings"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
	sdkv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	upstream "github.com/terraform-providers/terraform-provider-docker/shim"
)

type fields = map[string]*tfbridge.SchemaInfo

// provider says how the upstream's names become those of the Node.js package: tokens, the plurals that package
// doesn't use, and containers that are deleted before they are replaced unless the program says otherwise.
func provider(version string) tfbridge.ProviderInfo {
	info := tfbridge.ProviderInfo{
		P:       sdkv2.NewProvider(upstream.NewProvider()),
		Name:    "docker",
		Version: version,
		Config:  fields{"registry_auth": {Name: "registryAuth", MaxItemsOne: tfbridge.False()}},
		Resources: map[string]*tfbridge.ResourceInfo{
			"docker_buildx_builder": resource("BuildxBuilder"),
			"docker_config":         resource("ServiceConfig"),
			"docker_container":      container(),
			"docker_image":          resource("RemoteImage"),
			"docker_network":        resource("Network"),
			"docker_plugin":         resource("Plugin"),
			"docker_registry_image": resource("RegistryImage"),
			"docker_secret":         resource("Secret"),
			"docker_service":        resource("Service"),
			"docker_tag":            resource("Tag"),
			"docker_volume":         resource("Volume"),
		},
		DataSources: map[string]*tfbridge.DataSourceInfo{
			"docker_image":                    function("getRemoteImage"),
			"docker_logs":                     function("getLogs"),
			"docker_network":                  function("getNetwork"),
			"docker_plugin":                   function("getPlugin"),
			"docker_registry_image":           function("getRegistryImage"),
			"docker_registry_image_manifests": function("getRegistryImageManifests"),
		},
	}
	info.Resources["docker_image"].Fields = fields{"name": {Name: "name"}}
	info.SetAutonaming(255, "-")
	for name, one := range info.Resources {
		one.Fields = spelled(info.P.ResourcesMap().Get(name).Schema(), one.Fields)
	}
	return info
}

// spelled says of each property the name that the bridge would give it. To find a property it spells the names of all,
// for each value of each state that it compares, which was a third of the plugin's work; a name that is said is taken.
func spelled(schema shim.SchemaMap, said fields) fields {
	all := fields{}
	schema.Range(func(name string, property shim.Schema) bool {
		field := tfbridge.SchemaInfo{}
		if own := said[name]; own != nil {
			field = *own
		}
		field.Name = tfbridge.TerraformToPulumiNameV2(name, schema, said)
		if elem, ok := property.Elem().(shim.Resource); ok {
			inner := tfbridge.SchemaInfo{}
			if field.Elem != nil {
				inner = *field.Elem
			}
			inner.Fields = spelled(elem.Schema(), inner.Fields)
			field.Elem = &inner
		}
		all[name] = &field
		return true
	})
	return all
}

func container() *tfbridge.ResourceInfo {
	container := resource("Container")
	container.DeleteBeforeReplace = true
	container.Fields = fields{"command": {Name: "command"}, "networks_advanced": {Name: "networksAdvanced"}}
	return container
}

func resource(name string) *tfbridge.ResourceInfo {
	return &tfbridge.ResourceInfo{Tok: tokens.Type(token(name))}
}

func function(name string) *tfbridge.DataSourceInfo {
	return &tfbridge.DataSourceInfo{Tok: tokens.ModuleMember(token(name))}
}

func token(name string) string {
	return "docker:index/" + strings.ToLower(name[:1]) + name[1:] + ":" + name
}
