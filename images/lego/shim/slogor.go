// Package slogor has what lego's command asks of gitlab.com/greyxor/slogor, which not every Go module proxy has: lines
// of text, by the standard library.
package slogor

import (
	"io"
	"log/slog"
)

// OptionFn changes the options of a handler.
type OptionFn func(*slog.HandlerOptions)

// SetLevel leaves out what is below it.
func SetLevel(level slog.Leveler) OptionFn {
	return func(options *slog.HandlerOptions) { options.Level = level }
}

// SetTimeFormat changes nothing: the standard library's is RFC 3339 already.
func SetTimeFormat(string) OptionFn { return func(*slog.HandlerOptions) {} }

// DisableColor changes nothing: there are no colours.
func DisableColor() OptionFn { return func(*slog.HandlerOptions) {} }

// NewHandler writes each record as a line.
func NewHandler(out io.Writer, changes ...OptionFn) slog.Handler {
	options := &slog.HandlerOptions{}
	for _, change := range changes {
		change(options)
	}
	return slog.NewTextHandler(out, options)
}
