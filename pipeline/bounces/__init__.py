"""Why a server rejects or returns a message: by its reply codes and, where they are vague, by its words."""
