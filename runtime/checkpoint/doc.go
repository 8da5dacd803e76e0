// Package checkpoint decides checkpoints: what a job has done up to a barrier,
// kept so that it can go on from there, and whose output becomes visible then.
//
// # A walk through the files
//
//   - coordinator.go: what the engine calls, and what it is called by. manifest.go:
//     what a checkpoint consists of. lost.go, fenced.go: how it can end.
//   - record.go, history.go: the decision log, and what its records come to.
//   - protocol.go: the decisions, without I/O and without a clock. Things that
//     happened go in, actions (action.go) come out. starting.go is the way to a
//     new generation; opening.go one checkpoint from its trigger to its end;
//     abandoning.go and pool.go the end that is none, and what it leaves to the
//     next; committing.go what becomes of output; requests.go who waits;
//     errand.go how what fails is tried again; sweeping.go and retention.go what
//     is deleted.
//   - loop.go feeds the protocol, worker.go does its errands on the store and
//     the sinks: log.go, manifestfile.go, sealed.go, names.go.
//
// The tests have two floors. world_test.go, copy_test.go and checks_test.go play
// the world of many copies of the protocol alone and check its rules after every
// step; mutants_test.go breaks the rules one by one. crash_test.go and its
// neighbours run whole coordinators over stores that fail.
//
// # The store
//
// All names are below the folder of the job.
//
//	log/000000000012                               one record of the decision log
//	manifests/00000042-g3-t5-k3j2m6yq7a.json       the manifest of checkpoint 42
//	state/00000042-g3-t5-k3j2m6yq7a-2-counts-0-…   a file of task 2: counts, subtask 0
//
// The name of a checkpoint, 00000042-g3-t5-k3j2m6yq7a, is its identity: number,
// generation, term, and the nonce of the term. It is unique for ever.
//
// Records and manifests are two lines of JSON: a seal that says what the second
// line is, in which format, with its SHA-256, and the document itself.
//
//	{"spaas":"decision log","format":1,"sha256":"…"}
//	{"number":12,"kind":"decided","term":5,"nonce":"…","at":"…","by":{"host":"…","pid":4711,"version":"3f2c9d1"},
//	 "checkpoint":{"number":42,"identity":"00000042-g3-t5-k3j2m6yq7a","parent":"…","generation":3,"at":"…","output":true,
//	               "bytes":812,"manifest":{"name":"manifests/…","size":512,"sha256":"…"}}}
//
// testdata/format1.jsonl has one of each kind.
//
// # The decision log
//
// Records are numbered without gaps, and each is created only if absent: that
// is the only fence there is. A coordinator that starts appends a term. After
// each record it looks whether that is the newest, and acts only then; the
// moment it finds a newer one, somebody else is in charge. A kind of record
// that is not in record.go is refused. A record of kind "kept" sums up what is
// below it: readers begin there, and what is below it, or not named in it, is
// dead.
//
// A checkpoint is decided by its record, written last, after files and manifest.
// From then on its output is committed, if need be by the next coordinator;
// before, nothing of it is. So a checkpoint is either there with all its output,
// or it never was.
//
// # What is deleted
//
// Manifests, records and files of state that a record of kind "kept" declares
// dead, and what crashed processes of ended generations left. A file of the
// generation at work goes when it is older than the newest checkpoint and not in
// any that is kept: a task never refers to such a file again. Savepoints and
// pinned checkpoints stay, and so do the newest checkpoint and the one before it.
package checkpoint
