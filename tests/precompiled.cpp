// Nothing: the file of the targets that own the precompiled headers of the tests.
