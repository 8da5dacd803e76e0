package job

import (
	"encoding/json"
	"fmt"
)

// encodeJSON renders a document of ours, indented for people, with a newline at
// the end. Our documents hold nothing that JSON cannot say.
func encodeJSON(v any) []byte {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("job: %T as JSON: %v", v, err))
	}
	return append(data, '\n')
}
