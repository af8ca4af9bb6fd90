"""The commands as a person runs them: in a process of their own, in a folder of their own."""
