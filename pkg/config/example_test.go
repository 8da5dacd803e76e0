package config_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spaas/spaas/pkg/config"
)

// folder makes a folder with the documents of a job.
func folder(documents map[string]string) string {
	dir, err := os.MkdirTemp("", "job")
	if err != nil {
		panic(err)
	}
	for name, text := range documents {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			panic(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			panic(err)
		}
	}
	return dir
}

func ExampleLoad() {
	dir := folder(map[string]string{
		"spaas.yaml":     "version: 1\njob: clicks\nresources: {memory: 512MiB}\n",
		"envs/prod.yaml": "context: prod-eu\nresources: {memory: 1GiB}\n",
	})
	defer os.RemoveAll(dir)

	loaded, err := config.Load(config.Options{Dir: dir, Env: "prod", Set: []string{"checkpoint.every=30s"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(loaded.Job.Resources.Memory, "of", loaded.Where("resources.memory"))
	fmt.Println(loaded.Job.Checkpoint.Every, "of", loaded.Where("checkpoint.every"))
	for _, said := range loaded.Layers("resources.memory") {
		fmt.Println(said.Layer, said.Value, said.From)
	}
	// Output:
	// 1GiB of envs/prod.yaml:2:21
	// 30s of --set
	// template 512MiB spaas.yaml:3
	// environment 1GiB envs/prod.yaml:2
}

func ExampleLoad_faults() {
	dir := folder(map[string]string{"spaas.yaml": `version: 1
job: clicks
sources:
  clicks: {connector: kafak}
resources: {memory: 512M}
`})
	defer os.RemoveAll(dir)

	_, err := config.Load(config.Options{Dir: dir})
	fmt.Println(err)
	// Output:
	// spaas.yaml:4:23: sources.clicks.connector: unknown connector "kafak" (did you mean "kafka"? there are kafka, file, generator)
	// spaas.yaml:5:21: resources.memory: expected a size like 512MiB, got "512M": it has an unknown unit (TiB, TB, GiB, GB, MiB, MB, KiB, KB, B)
}

func ExampleSet() {
	dir := folder(map[string]string{
		"spaas.yaml":     "version: 1\njob: clicks\n",
		"envs/prod.yaml": "context: prod-eu\nresources: {cpu: 4000, memory: 512MiB}   # sized in INC-317\n",
	})
	defer os.RemoveAll(dir)

	if _, err := config.Set(config.Options{Dir: dir, Env: "prod"}, config.Assignment{Key: "resources.memory", Value: "1GiB"}); err != nil {
		fmt.Println(err)
		return
	}
	text, err := os.ReadFile(filepath.Join(dir, "envs", "prod.yaml"))
	fmt.Print(string(text), err)
	// Output:
	// context: prod-eu
	// resources: {cpu: 4000, memory: 1GiB}   # sized in INC-317
	// <nil>
}
