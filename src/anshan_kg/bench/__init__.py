"""
Measure the service beside other engines: the same data, the same queries, the same minutes.

- `shapes`: the queries, with values picked from the data
- `engine`: what they cost in this process, and in a query worker: the price of isolation
- `contenders`: our service and the others, started on a file and stopped
- `load`: the clients, in a process of their own
- `answers`: whether two systems say the same
- `query`: who is asked what, and when
- `pages`: how long the server takes for each page
- `report`: the numbers as a table, Markdown or JSON
- `link`: how well things are matched, on the pairs that `gold` reads and the names that `naming` invents

A measurement asserts nothing: it is a command, never a test.
"""
