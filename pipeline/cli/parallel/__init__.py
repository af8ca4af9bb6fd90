"""
`--processes N`: one command on several processes.

1. `helper_processes`: the command starts the others, and ends them.
2. `helper`: what each of them does.
"""
