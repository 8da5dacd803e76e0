package gitrepo

import (
	"cmp"

	"github.com/go-git/go-git/v5/config"
)

// Author is who commits.
type Author struct {
	Name, Email string
}

// String renders it as git does.
func (a Author) String() string { return a.Name + " <" + a.Email + ">" }

// AuthorOf is whoever git would commit as here: GIT_AUTHOR_NAME and
// GIT_AUTHOR_EMAIL, else user.name and user.email of the person's and the
// machine's git config. It is zero when one of the two is not known.
func AuthorOf(getenv func(string) string) Author {
	author := Author{getenv("GIT_AUTHOR_NAME"), getenv("GIT_AUTHOR_EMAIL")}
	for _, scope := range []config.Scope{config.GlobalScope, config.SystemScope} {
		if author.Name != "" && author.Email != "" {
			break
		}
		// A config that cannot be read says nothing.
		c, err := config.LoadConfig(scope)
		if err != nil {
			continue
		}
		author.Name = cmp.Or(author.Name, c.Author.Name, c.User.Name)
		author.Email = cmp.Or(author.Email, c.Author.Email, c.User.Email)
	}
	if author.Name == "" || author.Email == "" {
		return Author{}
	}
	return author
}
