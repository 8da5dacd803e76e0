package initcmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/charmbracelet/huh"

	"github.com/spaas/spaas/pkg/fault"
	"github.com/spaas/spaas/scaffold"
	"github.com/spaas/spaas/scaffold/gitrepo"
	"github.com/spaas/spaas/templates"
)

// wizard asks for what flags and the answers file leave open: a page a question,
// with Shift-Tab to go back. Which pages are shown depends on what was answered
// before; each of those has a variable of its own, and only what belongs to the
// answers in the end is taken.
type wizard struct {
	o      *Options
	author gitrepo.Author

	source, sink map[string]*string // by template
	alone        string             // the answer to git where no repository is around
	inside       string             // the one where the folder lies in one
}

// ask shows the wizard.
func (o *Options) ask(ctx context.Context, author gitrepo.Author) error {
	w := &wizard{
		o: o, author: author,
		source: map[string]*string{}, sink: map[string]*string{},
		alone: scaffold.GitNew, inside: scaffold.GitNone,
	}
	if pages := w.pages(); len(pages) > 0 {
		if err := o.f.Term.Form(ctx, pages...); err != nil {
			return err
		}
	}
	w.take()
	return nil
}

// pages are the questions that are open.
func (w *wizard) pages() []*huh.Group {
	// Taken now: a page writes its first choice into the answer when it is made.
	given := w.o.answers
	chosen := &w.o.answers.Template
	inside := func() bool { return w.around() != "" }

	var pages []*huh.Group
	add := func(page *huh.Group, shown func() bool) {
		pages = append(pages, page.WithHideFunc(func() bool { return !shown() }))
	}
	always := func() bool { return true }
	if w.o.dir == "" {
		add(w.directory(), always)
	}
	if given.Job == "" {
		add(w.job(), always)
	}
	if given.Template == "" {
		add(w.template(), always)
	}
	for _, t := range templates.All {
		shown := func() bool { return *chosen == t.Name }
		if given.Source == "" {
			add(w.edge("Source", "Where the job reads from.", t.Source, w.source, t.Name), shown)
		}
		if given.Sink == "" {
			add(w.edge("Sink", "Where the job writes to.", t.Sink, w.sink, t.Name), shown)
		}
	}
	if given.Git == "" {
		add(w.repository("The folder lies in a repository already. ", &w.inside), inside)
		add(w.repository("", &w.alone), func() bool { return !inside() })
	}
	if given.Remote == "" {
		add(w.remote(), func() bool { return w.git() == scaffold.GitNew })
	}
	if given.CI == "" {
		add(w.ci(), always)
	}
	return pages
}

// take makes the answers of what was chosen on the pages that were shown.
func (w *wizard) take() {
	a := &w.o.answers
	for _, edge := range []struct {
		answer *string
		chosen map[string]*string
	}{{&a.Source, w.source}, {&a.Sink, w.sink}} {
		if chosen := edge.chosen[a.Template]; *edge.answer == "" && chosen != nil {
			*edge.answer = *chosen
		}
	}
	a.Git = w.git()
	if a.Git == scaffold.GitNone {
		a.Remote = ""
	}
}

// path is the folder of the job.
func (w *wizard) path() string { return w.o.f.Path(w.o.dir) }

// around is the repository that the folder lies in, "" is none.
func (w *wizard) around() string { return gitrepo.Inside(w.path()) }

// git is the answer to git as it stands.
func (w *wizard) git() string {
	answer := w.alone
	if w.around() != "" {
		answer = w.inside
	}
	return cmp.Or(w.o.answers.Git, answer)
}

func (w *wizard) directory() *huh.Group {
	return page(huh.NewInput().Title("Directory").
		Description("The folder of the job's repo. It need not exist; a dot is this folder.").
		Value(&w.o.dir).
		Validate(func(dir string) error {
			if dir == "" {
				return errors.New("it needs a name, such as clicks")
			}
			return oneLine(scaffold.CheckDir(w.o.f.Path(dir)))
		}))
}

func (w *wizard) job() *huh.Group {
	byFolder := func() string { return scaffold.JobOf(w.path()) }
	return page(huh.NewInput().Title("Name of the job").
		Description("Small letters, digits and -, at most 40.").
		PlaceholderFunc(byFolder, &w.o.dir).
		Value(&w.o.answers.Job).
		Validate(func(name string) error { return oneLine(scaffold.CheckJob(cmp.Or(name, byFolder()))) }))
}

func (w *wizard) template() *huh.Group {
	var options []huh.Option[string]
	for _, t := range templates.All {
		options = append(options, option(t.Name, t.About))
	}
	return choice("Template", "What the job starts from.", &w.o.answers.Template, options)
}

// edge is the question for source or sink of a template.
func (w *wizard) edge(title, description string, e templates.Edge, chosen map[string]*string, template string) *huh.Group {
	answer := e.Connectors[0]
	chosen[template] = &answer
	var options []huh.Option[string]
	for _, name := range e.Connectors {
		options = append(options, option(name, connectors[name]))
	}
	return choice(title, description+" It is one word of spaas.yaml, so it can change.", &answer, options)
}

// connectors says in a few words what each is.
var connectors = map[string]string{
	"kafka":     "a Kafka topic",
	"file":      "files in a folder",
	"generator": "records that are made up",
	"stdout":    "lines on the job's standard output",
	"blackhole": "nowhere, everything is forgotten",
}

func (w *wizard) repository(around string, answer *string) *huh.Group {
	description := around + "A new one has one commit, on branch " + gitrepo.Branch + "."
	if w.author == (gitrepo.Author{}) {
		description = around + "A new one gets no commit yet: git config does not say who you are."
	}
	return choice("Git repository", description, answer, []huh.Option[string]{
		option(scaffold.GitNew, "a repository of its own"),
		option(scaffold.GitNone, "no repository"),
	})
}

func (w *wizard) remote() *huh.Group {
	return page(huh.NewInput().Title("Remote").
		Description("URL of origin, if there is one: git@github.com:acme/clicks.git").
		Placeholder("none").
		Value(&w.o.answers.Remote).
		Validate(func(url string) error {
			if url == "" {
				return nil
			}
			return oneLine(scaffold.CheckRemote(url, scaffold.GitNew))
		}))
}

func (w *wizard) ci() *huh.Group {
	return choice("CI", "It validates the config, tests and builds at each push.", &w.o.answers.CI, []huh.Option[string]{
		option("github", "GitHub Actions"),
		option("gitlab", "GitLab CI"),
		option("jenkins", "a Jenkinsfile"),
		option("none", "no CI"),
	})
}

// confirm asks whether to write what the review showed.
func (o *Options) confirm(ctx context.Context, plan *scaffold.Plan) error {
	yes := true
	err := o.f.Term.Form(ctx, page(huh.NewConfirm().
		Title(fmt.Sprintf("Write these %d files?", len(plan.Files))).
		Affirmative("Write").Negative("Stop").Value(&yes)))
	if err == nil && !yes {
		return context.Canceled
	}
	return err
}

func page(field huh.Field) *huh.Group { return huh.NewGroup(field) }

func choice(title, description string, value *string, options []huh.Option[string]) *huh.Group {
	return page(huh.NewSelect[string]().Title(title).Description(description).Options(options...).Value(value))
}

func option(name, about string) huh.Option[string] {
	return huh.NewOption(fmt.Sprintf("%-10s %s", name, about), name)
}

// oneLine is an error as it fits below a question: without the place, which was
// just typed.
func oneLine(err error) error {
	f, ok := errors.AsType[*fault.Error](err)
	switch {
	case !ok:
		return err
	case f.Do == "":
		return errors.New(f.What)
	}
	return fmt.Errorf("%s (%s)", f.What, f.Do)
}
