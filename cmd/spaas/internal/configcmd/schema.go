package configcmd

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/spaas/spaas/cmd/spaas/internal/cli"
	"github.com/spaas/spaas/pkg/config"
	"github.com/spaas/spaas/pkg/fault"
)

// schemaOptions is what was asked.
type schemaOptions struct {
	f        *cli.Factory
	document config.Document
	write    bool
}

func newSchema(f *cli.Factory) *cobra.Command {
	o := &schemaOptions{f: f, document: config.JobDocument}
	var names []string
	for _, d := range config.Documents() {
		names = append(names, string(d))
	}
	cmd := &cobra.Command{
		Use:   "schema [spaas|env|platform]",
		Short: "The JSON schema of spaas.yaml, of envs/E.yaml or of the platform document",
		Long: `The JSON schema of spaas.yaml, of envs/E.yaml or of the platform document. With
--write all three are written into .spaas, where editors find them by the first
line of a document:

  # yaml-language-server: $schema=.spaas/spaas.schema.json       spaas.yaml
  # yaml-language-server: $schema=../.spaas/env.schema.json      envs/prod.yaml
  # yaml-language-server: $schema=.spaas/platform.schema.json    platform.yaml`,
		Example: `spaas config schema --write
spaas config schema platform > platform.schema.json`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return cli.OneOf("the document", names...)(cmd, args)
		},
		ValidArgs: names,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				o.document = config.Document(args[0])
			}
			return o.run(cmd.Context())
		},
	}
	cmd.Flags().BoolVar(&o.write, "write", false, "write the schemas of all documents into .spaas")
	cli.DocumentJSON(cmd, `{"api": 1, "document": "spaas", "schema": {…},
 "files": [".spaas/spaas.schema.json"]}
files are those written; without --json the schema is written as it is.`)
	return cmd
}

// schemaJSON is the result with --json.
type schemaJSON struct {
	API      int             `json:"api"`
	Document config.Document `json:"document"`
	Schema   json.RawMessage `json:"schema"`
	Files    []string        `json:"files"`
}

func (o *schemaOptions) run(context.Context) error {
	files := []string{}
	if o.write {
		for _, d := range config.Documents() {
			if err := o.writeFile(d); err != nil {
				return err
			}
			files = append(files, d.SchemaFile())
		}
	}
	switch {
	case o.f.Global.JSON:
		return o.f.WriteJSON(schemaJSON{cli.API, o.document, config.Schema(o.document), files})
	case o.write:
		for _, file := range files {
			o.f.Term.Println(file)
		}
	default:
		o.f.Term.Printf("%s", config.Schema(o.document))
	}
	return nil
}

// writeFile writes the schema of one document, unless it is there already: an
// editor need not read it again.
func (o *schemaOptions) writeFile(d config.Document) error {
	file := o.f.Path(d.SchemaFile())
	if there, err := os.ReadFile(file); err == nil && slices.Equal(there, config.Schema(d)) {
		return nil
	}
	err := os.MkdirAll(filepath.Dir(file), 0o755)
	if err == nil {
		err = os.WriteFile(file, config.Schema(d), 0o644)
	}
	if err != nil {
		return &fault.Error{What: "the schema cannot be written", Where: d.SchemaFile(), Err: err, Do: "schemas lie in the folder of the job: pass -C dir"}
	}
	return nil
}
