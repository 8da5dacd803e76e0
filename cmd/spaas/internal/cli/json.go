package cli

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"
)

// API is the version of every JSON document that spaas writes: its "api" field.
// Fields are only ever added to a version.
const API = 1

// WriteJSON writes a document as the result of a verb. The document is a struct
// that starts with `API int "json:\"api\""`.
func (f *Factory) WriteJSON(document any) error {
	data, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		return fmt.Errorf("writing %T as JSON: %w", document, err)
	}
	f.Term.Printf("%s\n", data)
	return nil
}

// jsonAnnotation is where a verb documents its JSON.
const jsonAnnotation = "spaas_json"

// DocumentJSON says what the verb writes with --json; its help shows it. text is
// an example document with every field, lines of a width below 80.
func DocumentJSON(cmd *cobra.Command, text string) {
	if cmd.Annotations == nil {
		cmd.Annotations = map[string]string{}
	}
	cmd.Annotations[jsonAnnotation] = text
}

// JSONDocument is what [DocumentJSON] said.
func JSONDocument(cmd *cobra.Command) string { return cmd.Annotations[jsonAnnotation] }
