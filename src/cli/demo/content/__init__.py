"""What the datasets contain: computed, realistic in shape, the same in every build.

Functions here make Python objects from dimension records and a random generator.
They know nothing of runs, collections or files.
"""
