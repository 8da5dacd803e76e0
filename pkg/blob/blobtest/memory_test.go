package blobtest

import (
	"testing"

	"github.com/spaas/spaas/pkg/blob"
)

func TestMemory(t *testing.T) {
	TestStore(t, func(*testing.T) blob.Store { return NewMemory() })
}
