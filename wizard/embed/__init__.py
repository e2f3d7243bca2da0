"""What embeds the wizard in other sites: the element's script, the snippet builder, and oEmbed."""
