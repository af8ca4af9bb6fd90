"""
`--processes N`: one command on several processes.

1. `send_helpers`: how many a campaign needs.
2. `helper_processes`: the command starts them, and ends them.
3. `helper`: what each of them does.
"""
