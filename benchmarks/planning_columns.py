"""placeholder"""
def columns(): pass
