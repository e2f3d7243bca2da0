"""Records events in a journal, and ingests journals into the log, also after an outage of the database."""
