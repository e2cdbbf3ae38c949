"""The form in the browser, for planners: both tabs of the manual, filter and restore, on this computer alone.

It comes with the extra `web`. Pages are made here, on the server, and work without the script, which fetches what
takes longer and follows keys. All is read and done as the role that the program was started as.
"""
