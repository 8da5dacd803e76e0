package initcmd

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spaas/spaas/cmd/spaas/internal/cli"
	"github.com/spaas/spaas/cmd/spaas/internal/term"
	"github.com/spaas/spaas/scaffold"
	"github.com/spaas/spaas/scaffold/bundle"
	"github.com/spaas/spaas/scaffold/gitrepo"
)

// review renders what a plan will write.
func (o *Options) review(p *scaffold.Plan) string {
	t, a := o.f.Term, p.Answers
	var b strings.Builder
	fmt.Fprintf(&b, "%s in %s\n\n", t.Bold(a.Job), p.Dir)

	var facts term.Table
	facts.Indent = "  "
	facts.Row("template", fmt.Sprintf("%s, from %s to %s", a.Template, a.Source, a.Sink))
	facts.Row("module", a.Module)
	facts.Row("owner", fmt.Sprintf("%s, namespace %s", a.Owner, a.Namespace))
	facts.Row("git", repository(p))
	if a.Remote != "" {
		facts.Row("origin", a.Remote)
	}
	facts.Row("CI", a.CI)
	b.WriteString(facts.Render(t))

	var files term.Table
	files.Indent = "  "
	files.Section("Files")
	folders := p.Folders()
	width := len(bundle.Dir + "/")
	for _, folder := range folders {
		width = max(width, len(folder.Path))
	}
	for _, folder := range folders {
		name := folder.Path
		for _, line := range wrap(folder.Files, t.Width()-width-len(files.Indent)-2) {
			files.Row(name, line)
			name = ""
		}
	}
	if p.Bundled {
		files.Row(bundle.Dir+"/", t.Dim(fmt.Sprintf("the runtime of this spaas, %d files, not in git", len(bundle.Files()))))
	}
	fmt.Fprintf(&b, "\n%s\n", files.Render(t))
	return b.String()
}

// wrap joins words into lines of at most so many columns.
func wrap(words []string, width int) []string {
	var lines []string
	for _, word := range words {
		last := len(lines) - 1
		if last >= 0 && len(lines[last])+2+len(word) <= width {
			lines[last] += "  " + word
		} else {
			lines = append(lines, word)
		}
	}
	return lines
}

// repository says in a line what becomes of git.
func repository(p *scaffold.Plan) string {
	if p.Answers.Git != scaffold.GitNew {
		return "none"
	}
	commit := "first commit by " + p.Commits().String()
	if p.Commits() == (gitrepo.Author{}) {
		commit = "no commit yet"
	}
	return fmt.Sprintf("branch %s, %s", gitrepo.Branch, commit)
}

// document is the result with --json.
type document struct {
	API     int              `json:"api"`
	Dir     string           `json:"dir"`
	DryRun  bool             `json:"dry_run"`
	Answers scaffold.Answers `json:"answers"`
	Files   []string         `json:"files"`
	Bundled bool             `json:"bundled_runtime"`
	Commit  string           `json:"commit"` // "" when there is none
	Notices []string         `json:"notices"`
}

func (o *Options) document(p *scaffold.Plan, made scaffold.Made) document {
	d := document{
		API: cli.API, Dir: p.Dir, DryRun: o.dryRun, Answers: p.Answers,
		Bundled: p.Bundled, Commit: made.Commit, Notices: notices(p),
	}
	for _, f := range p.Files {
		d.Files = append(d.Files, f.Path)
	}
	return d
}

// notices are what a person should know of a repo although nothing failed.
func notices(p *scaffold.Plan) []string {
	list := []string{}
	if p.Answers.Git == scaffold.GitNew && p.Commits() == (gitrepo.Author{}) {
		list = append(list, "git does not know who you are, so nothing is committed: "+
			"git config --global user.name NAME, user.email ADDRESS, then git commit")
	}
	if p.Bundled && p.Answers.CI != "none" {
		list = append(list, "this spaas was not released, so CI cannot install it: "+
			"write a release into .spaas/spaas.lock")
	}
	return list
}

// show is the end of a dry run.
func (o *Options) show(p *scaffold.Plan) error {
	if o.f.Global.JSON {
		return o.f.WriteJSON(o.document(p, scaffold.Made{}))
	}
	o.f.Term.Printf("%s", o.review(p))
	o.notice(p)
	o.f.Term.Println("Nothing was written.")
	return nil
}

// result says what was made and what to type next.
func (o *Options) result(p *scaffold.Plan, made scaffold.Made) error {
	if o.f.Global.JSON {
		return o.f.WriteJSON(o.document(p, made))
	}
	t := o.f.Term
	committed := ""
	if made.Commit != "" {
		committed = ", commit " + made.Commit[:12]
	}
	t.Printf("%s %s: %d files%s\n", t.Green("Made"), p.Dir, len(p.Files), committed)
	o.notice(p)
	t.Printf("\nNext\n")
	if dir := o.f.Path(o.dir); filepath.Clean(dir) != "." {
		t.Printf("  %s\n", t.Cyan("cd "+dir))
	}
	var next term.Table
	next.Indent = "  "
	next.Row(t.Cyan("spaas test"), "the job's own tests")
	next.Row(t.Cyan("spaas run"), "run it here, on its sample input")
	next.Row(t.Cyan("spaas build"), "a binary for the servers")
	t.Printf("%s", next.Render(t))
	return nil
}

func (o *Options) notice(p *scaffold.Plan) {
	for _, one := range notices(p) {
		o.f.Term.Notef("%s %s", o.f.Term.Yellow("note:"), one)
	}
}
