"""Signing in by an OpenID provider: discovery, the authorization code flow with PKCE, ID tokens, roles by claims."""
