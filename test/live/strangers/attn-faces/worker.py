import json
import os

import redis

queue = redis.from_url(os.environ["REDIS_URL"])
print("waiting for photos", flush=True)
while True:
    work = queue.blpop("photos-to-see", timeout=5)
    if work is None:
        continue
    asked = json.loads(work[1])
    # Where the model would be.
    faces = [name for name in asked["photo"].split("-") if name.istitle()]
    queue.rpush(f"seen:{asked['number']}", json.dumps({"faces": faces}))
    queue.expire(f"seen:{asked['number']}", 60)
