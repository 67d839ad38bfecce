"""Text in, text out: front matter, Markdown, links, sanitizing, glossary and differences. No files, no git, no wiki."""
