package config

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// The limits of a document. No config comes near them; they keep a parser that
// recurses from being led astray.
const (
	maxDocument = 64 << 10
	maxDepth    = 32
)

// parseDocument reads a YAML document into a tree. It returns nil when the
// document is empty, says nothing but comments, or cannot be read; what is
// wrong with it goes to f, never with a piece of the document: that may be a
// secret in the wrong place.
func parseDocument(src *source, data []byte, f *faults) (root *node) {
	start := place{source: src, line: 1, column: 1}
	if src.layer == LayerLive || src.layer == LayerSet {
		start = place{source: src}
	}
	p := &treeParser{source: src, faults: f, lines: start.line > 0}
	if len(data) > maxDocument {
		f.add(start, "", "this is no config: it is larger than %d KiB", maxDocument>>10)
		return nil
	}
	if tooDeep(data) {
		f.add(start, "", "this is no config: its brackets are more than %d deep", maxDepth)
		return nil
	}
	defer func() {
		if recover() != nil { // a bug of the YAML library is the document's fault for us
			f.add(start, "", "this is not YAML that can be read")
			root = nil
		}
	}()
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	file, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		p.refuse(err, data)
		return nil
	}
	for i, doc := range file.Docs {
		if i > 0 && doc.Body != nil {
			f.add(p.place(doc.Body.GetToken()), "put it into a file of its own", "there is a second document")
			break
		}
		if doc.Body != nil {
			root = p.node(doc.Body, 0)
		}
	}
	return root
}

// tooDeep looks at brackets and dashes only: what makes a parser recurse on a
// small document.
func tooDeep(data []byte) bool {
	for line := range bytes.Lines(data) {
		if bytes.Count(line, []byte("- ")) > maxDepth || bytes.Count(line, []byte("? ")) > maxDepth {
			if trimmed := bytes.TrimLeft(line, " -?"); len(line)-len(trimmed) > 2*maxDepth {
				return true
			}
		}
	}
	depth := 0
	for _, c := range data {
		switch c {
		case '[', '{':
			if depth++; depth > 8*maxDepth {
				return true
			}
		case ']', '}':
			depth = max(0, depth-1)
		}
	}
	return false
}

// treeParser turns what the YAML library read into nodes.
type treeParser struct {
	source *source
	faults *faults
	lines  bool // the source has lines
}

func (p *treeParser) place(t *token.Token) place {
	if !p.lines || t == nil {
		return place{source: p.source}
	}
	return place{p.source, t.Position.Line, max(1, t.Position.Column)}
}

// refuse reports what the YAML library could not read.
func (p *treeParser) refuse(err error, data []byte) {
	known, ok := errors.AsType[yaml.Error](err)
	if !ok {
		p.faults.add(place{source: p.source, line: 1, column: 1}, "", "this is not YAML that can be read")
		return
	}
	at, do := p.place(known.GetToken()), ""
	if t := known.GetToken(); t != nil {
		if line := lineOf(data, t.Position.Line); strings.Contains(line, "${") && strings.ContainsAny(line, "{[") {
			do = `in braces and brackets a reference needs quotes: "${env:NAME}"`
		}
	}
	p.faults.add(at, do, "this is not YAML: %s", known.GetMessage())
}

func lineOf(data []byte, number int) string {
	for line := range bytes.Lines(data) {
		if number--; number == 0 {
			return string(line)
		}
	}
	return ""
}

// node turns one value and all in it into a tree. It never returns nil.
func (p *treeParser) node(n ast.Node, depth int) *node {
	if n == nil {
		return &node{at: place{source: p.source}}
	}
	at := p.place(n.GetToken())
	if depth > maxDepth {
		p.faults.add(at, "", "this is nested more than %d deep", maxDepth)
		return &node{at: at}
	}
	switch n := n.(type) {
	case *ast.NullNode, *ast.CommentGroupNode:
		return &node{at: at}
	case *ast.StringNode:
		return &node{kind: text, at: at, text: n.Value}
	case *ast.LiteralNode:
		return &node{kind: text, at: at, text: n.Value.Value}
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return &node{kind: number, at: at, text: n.GetToken().Value}
	case *ast.BoolNode:
		return &node{kind: boolean, at: at, text: n.GetToken().Value}
	case *ast.SequenceNode:
		seq := &node{kind: list, at: at, flow: n.IsFlowStyle, end: p.place(n.End)}
		for _, value := range n.Values {
			if address := p.cutInTwo(value); address != nil {
				seq.items = append(seq.items, address)
				continue
			}
			seq.items = append(seq.items, p.node(value, depth+1))
		}
		return seq
	case *ast.MappingNode:
		m := &node{kind: block, at: at, flow: n.IsFlowStyle, end: p.place(n.End)}
		if !n.IsFlowStyle && len(n.Values) > 0 { // the library has it at the first colon
			m.at = p.place(n.Values[0].Key.GetToken())
		}
		for _, pair := range n.Values {
			p.entry(m, pair, depth)
		}
		return m
	case *ast.MappingValueNode:
		m := &node{kind: block, at: p.place(n.Key.GetToken())}
		p.entry(m, n, depth)
		return m
	case *ast.AnchorNode:
		p.faults.add(at, "write the value out where it holds", "anchors (&) are not read: each key has one place")
		return p.node(n.Value, depth+1)
	case *ast.AliasNode:
		p.faults.add(at, "write the value out where it holds", "aliases (*) are not read: each key has one place")
	case *ast.TagNode:
		p.faults.add(at, "leave it out: the key says what its value is", "tags (!) are not read")
		return p.node(n.Value, depth+1)
	default:
		p.faults.add(at, "", "this is no value: %s", strings.ToLower(n.Type().String()))
	}
	return &node{at: at}
}

// cutInTwo mends what the YAML library does to {brokers: [kafka:9092]}: in a
// list in braces it takes a colon without a blank for that of a key. It returns
// the text that the document has, nil for anything else.
func (p *treeParser) cutInTwo(n ast.Node) *node {
	m, ok := n.(*ast.MappingNode)
	if !ok || m.IsFlowStyle || len(m.Values) != 1 {
		return nil
	}
	key, colon, value := m.Values[0].Key.GetToken(), m.Values[0].Start, m.Values[0].Value.GetToken()
	bare := func(t *token.Token) bool {
		return t.Type != token.DoubleQuoteType && t.Type != token.SingleQuoteType
	}
	if _, scalar := m.Values[0].Value.(ast.ScalarNode); !scalar || !bare(key) || !bare(value) ||
		colon.Position.Line != value.Position.Line || colon.Position.Column+1 != value.Position.Column ||
		key.Position.Column+utf8.RuneCountInString(key.Value) != colon.Position.Column {
		return nil
	}
	return &node{kind: text, at: p.place(key), text: key.Value + ":" + value.Value}
}

// entry adds one key of a document to a block.
func (p *treeParser) entry(m *node, pair *ast.MappingValueNode, depth int) {
	at := p.place(pair.Key.GetToken())
	var key string
	switch k := pair.Key.(type) {
	case *ast.StringNode:
		key = k.Value
	case *ast.MergeKeyNode:
		p.faults.add(at, "write the keys out", "merge keys (<<) are not read: each key has one place")
		return
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode:
		key = pair.Key.GetToken().Value
	default:
		p.faults.add(at, "write it as name: value", "this is no key")
		return
	}
	value := p.node(pair.Value, depth+1)
	if first := m.entry(key); first != nil {
		p.faults.add(at, "keep one of them", "%s is given twice, first at %s", showKey(key), first.at)
		return
	}
	m.entries = append(m.entries, entry{key, at, value})
}

// quoteKey writes a key as it is when it is made of letters, else in quotes.
func quoteKey(key string) string {
	if key != "" && strings.Trim(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == "" && key[0] != '-' {
		return key
	}
	return strconv.Quote(key)
}

// scalar writes a text, number or boolean so that YAML reads the same, in
// quotes only where they are needed.
func scalar(s string, k kind) string {
	if k != text || plain(s) {
		return s
	}
	return strconv.Quote(s)
}

// plain reports whether YAML reads a bare s as the text s, on a line of its own
// and in brackets.
func plain(s string) bool {
	if s == "" || strings.ContainsAny(s, "\n\r\t,[]{}\"'\\") || strings.TrimSpace(s) != s {
		return false
	}
	for _, around := range []string{"k: %s", "{k: %s}"} {
		f := &faults{}
		read := parseDocument(&source{layer: LayerSet}, fmt.Appendf(nil, around, s), f).get("k")
		if len(f.all) > 0 || read == nil || read.kind != text || read.text != s {
			return false
		}
	}
	return true
}
