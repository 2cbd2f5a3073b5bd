package main

import (
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
)

// tree holds property names; a property without properties of its own maps to nil.
type tree map[string]any

// names lists every property a program can spell, by token, as the bridge translates them.
func names(info tfbridge.ProviderInfo) map[string]tree {
	out := map[string]tree{"pulumi:providers:docker": properties(info.P.Schema(), info.Config)}
	for name, resource := range info.Resources {
		out[string(resource.Tok)] = properties(info.P.ResourcesMap().Get(name).Schema(), resource.Fields)
	}
	for name, function := range info.DataSources {
		out[string(function.Tok)] = properties(info.P.DataSourcesMap().Get(name).Schema(), function.Fields)
	}
	return out
}

func properties(schema shim.SchemaMap, fields map[string]*tfbridge.SchemaInfo) tree {
	out := tree{}
	schema.Range(func(name string, property shim.Schema) bool {
		var nested any
		if elem, ok := property.Elem().(shim.Resource); ok {
			nested = properties(elem.Schema(), nestedFields(fields[name]))
		}
		out[tfbridge.TerraformToPulumiNameV2(name, schema, fields)] = nested
		return true
	})
	return out
}

// nestedFields is what the info of a property says of those of its own.
func nestedFields(field *tfbridge.SchemaInfo) map[string]*tfbridge.SchemaInfo {
	if field == nil || field.Elem == nil {
		return nil
	}
	return field.Elem.Fields
}
