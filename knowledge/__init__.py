"""What the assistant knows: the staff's YAML and the code that loads, checks and searches it.

The sub-folders with Vietnamese names (``thu_tuc``, ``dia_phuong``, ``loi_noi`` …) hold YAML only
and belong to the office's staff; everything in Python belongs to the developers.
"""
