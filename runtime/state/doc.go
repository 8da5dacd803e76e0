// Package state keeps the keyed state of subtasks: typed tables that hot keys
// hit without encoding, and the rows that checkpoints are made of.
package state
