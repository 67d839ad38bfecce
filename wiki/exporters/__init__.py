"""The wiki in other forms: tables, data, a site without a server, everything in one file. The same pages give the same bytes."""
