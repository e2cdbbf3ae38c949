"""A reference model of release and restore in plain Python: the rules read literally, without a database.

`world` is the input (the CSV folder of section 12), `config` finds warehouses, reasons and places (R10-R14, R21),
`stock` knows what is there (R15-R17), `plan` decides one order (R2-R9, R25-R28), `model` runs calls over
many orders (R7, R8, R19, R23, R24, R31-R39, R50), and `strategies` makes small worlds that bite.
"""
