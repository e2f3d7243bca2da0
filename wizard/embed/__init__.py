"""What other people's pages meet: the element's script, the page that makes the snippet, and oEmbed."""
