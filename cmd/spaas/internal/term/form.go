package term

import (
	"context"
	"errors"

	"github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/huh"
	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"

	"github.com/spaas/spaas/cmd/spaas/internal/term/hush"
)

func init() { hush.Over() }

// Form shows pages of questions, one after the other; Shift-Tab goes back. What
// is answered stands in the variables that the fields were given. It ends with
// context.Canceled on Ctrl-C, and must not be called where nobody can be asked
// (see [Terminal.Ask]).
func (t *Terminal) Form(ctx context.Context, pages ...*huh.Group) error {
	// The colours are ours to choose, so that nothing has to ask the terminal for
	// its own and wait for the answer.
	lipgloss.SetHasDarkBackground(true)
	lipgloss.SetColorProfile(termenv.Ascii)
	if t.color {
		lipgloss.SetColorProfile(termenv.ANSI)
	}
	keys := huh.NewDefaultKeyMap()
	keys.Select.Filter.SetEnabled(false) // no list here is longer than a few lines
	form := huh.NewForm(pages...).
		WithTheme(theme()).
		WithKeyMap(keys).
		WithWidth(min(t.Width(), 80)).
		WithProgramOptions(tea.WithInput(t.In), tea.WithOutput(t.Out), tea.WithoutSignalHandler())
	err := form.RunWithContext(ctx)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, huh.ErrUserAborted):
		return context.Canceled
	}
	return err
}

// theme shows forms in the colours of everything else: those that style.go names.
func theme() *huh.Theme {
	heading := lipgloss.NewStyle().Bold(true)
	aside := lipgloss.NewStyle().Faint(true)
	typed := lipgloss.NewStyle().Foreground(lipgloss.ANSIColor(6)) // cyan
	failure := lipgloss.NewStyle().Foreground(lipgloss.ANSIColor(1))

	t := huh.ThemeBase()
	t.Focused.Base = lipgloss.NewStyle().PaddingLeft(2)
	t.Focused.Title = heading
	t.Focused.Description = aside
	t.Focused.ErrorIndicator = failure.SetString("  ✗")
	t.Focused.ErrorMessage = failure
	t.Focused.SelectSelector = typed.SetString("› ")
	t.Focused.SelectedOption = typed
	t.Focused.TextInput.Prompt = typed
	t.Focused.TextInput.Cursor = lipgloss.NewStyle()
	t.Focused.TextInput.Placeholder = aside
	t.Focused.FocusedButton = typed.Reverse(true).Padding(0, 2).MarginRight(1)
	t.Focused.BlurredButton = lipgloss.NewStyle().Padding(0, 2).MarginRight(1)
	t.Blurred = t.Focused
	t.Blurred.Title = aside
	t.Blurred.SelectedOption = lipgloss.NewStyle()
	t.Blurred.SelectSelector = lipgloss.NewStyle().SetString("› ")
	t.Help.ShortKey, t.Help.ShortDesc, t.Help.ShortSeparator = aside, aside, aside
	return t
}
