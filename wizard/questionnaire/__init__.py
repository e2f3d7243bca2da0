"""The questionnaire: questions, routing, recommendations and wording. Imports no Flask."""
