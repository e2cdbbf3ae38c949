"""A reference model of release and restore in plain Python: the rules read literally, without a database.

`world` is the input (a CSV folder), `config` finds warehouses, reasons and places (R10-R14, R21),
`stock` knows what is there (R15-R17), `plan` decides one order (R2-R9, R25-R28), `model` runs calls over
many orders (R7, R8, R19, R23, R24, R31-R39, R50), `snapshot` is the situation R34 speaks of, and `strategies` makes
small worlds that bite.

Declarations stand on top of it: `declaration` has their rows, `registration` plans what one of them moves (R51),
`production` declares, registers, rolls back and deletes (R51-R54), and `production_strategies` and
`production_database` are to it what `strategies` and `database` are to release and restore. `changes` changes what is
set up between calls, and phases and rows of orders in write mode maintenance.

`stories` has the words in which a rule is told, and `both` tells it to the model and to the database at once.

Against a database: `write_csv(world, folder)`, load it, and for every call of a story compare the rows of
`carry_out(model, call)` and `model.snapshot()` with what the database says. Orders are named by year, number and lot;
a key that is not there when the call is made stands for an unknown id. Reasons of an order are a multiset without
order: a refused row has no line, so two rows of one item may give two equal reasons.
"""
