"""Says of audit folders where sinks stand: the keys that get the most attention
on average, in heads where that is above 0.3.

    keyhull audit MODEL --text FILE --samples 2 --reach --best 8 --out FOLDER
    python bench/sinks.py FOLDER...
"""

import glob
import json
import os
import statistics
import sys


def heads_of(folder):
    for path in sorted(glob.glob(os.path.join(folder, "texts", "*.json"))):
        for layer in json.load(open(path))["layers"]:
            yield from layer["heads"]


def main():
    print("| folder | heads × texts | with a sink above 0.3 | of these on the first token | margin of the sink | of the median key | norm of the sink in median norms "
          "| best attention of the median key at the median query norm | the most it got |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    for folder in sys.argv[1:]:
        heads = list(heads_of(folder))
        sinks = [h["sink"] for h in heads if h["sink"]["mean"] > 0.3]
        best = [v for h in heads for v in h.get("best", {}).get("at_median", [])]
        got = [h["attained"]["max"][k] for h in heads for k in h.get("best", {}).get("keys", [])]
        margins = [m for h in heads for m in h["relative_margins"]]
        middle = lambda x: f"{statistics.median(x):.2f}" if x else ""
        print(f"| {os.path.basename(folder.rstrip('/'))} | {len(heads)} | {len(sinks)} | {sum(s['key'] == 0 for s in sinks)} | {middle([s['relative_margin'] for s in sinks])} | "
              f"{middle(margins)} | {middle([s['norm'] for s in sinks])} | {middle(best)} | {middle(got)} |")


main()
