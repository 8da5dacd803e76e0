// Package config is what people say about a job: spaas.yaml, what differs in
// one environment, live overrides, --set, and the platform document.
//
// [Load] is the only way in. It reads every layer, puts the later ones over the
// earlier ones, and returns what is in force together with every key and where
// it came from. What is wrong in any layer is reported at once, each fault with
// file:line:column, the key and the nearest thing that exists.
//
//	template     spaas.yaml             what the developer of the job says
//	environment  envs/<env>.yaml        what differs there, and its Nomad context
//	live         stored, with an end    what an operator says for one deployment
//	--set        the command line       what somebody says for one run
//
// Maps merge, lists replace, null unsets; the path of a key is its YAML path,
// and names hold no dots, so a path is read in one way only.
//
// The model is the structs [Job] and [Platform]. Their tags are the one place
// where a key's meaning, default, allowed values and rules stand; reading, the
// JSON schema, the documentation and the completion all follow them.
//
//	yaml       name of the key
//	doc        what it means, as a short phrase
//	default    value when no layer says anything
//	oneof      allowed values
//	form       how the text must look, a name of forms.go
//	min, max   limits, written as the value is
//	rule       required; essential: always shown; reference: may hold references
//	of         what the names of a map are called in a path: "sources.NAME.kafka"
//	eg         an example, where the type alone does not say how it is written
package config
