from sqlalchemy import create_engine, text

from app.config import DATABASE_URL

engine = create_engine(DATABASE_URL, pool_pre_ping=True)


def add(name):
    with engine.begin() as db:
        row = db.execute(text("INSERT INTO contents (name) VALUES (:name) RETURNING id"), {"name": name})
        return row.scalar_one()


def mark(number, key):
    with engine.begin() as db:
        db.execute(text("UPDATE contents SET marker = :key WHERE id = :id"), {"key": key, "id": number})


def one(number):
    with engine.connect() as db:
        return db.execute(text("SELECT name, marker FROM contents WHERE id = :id"), {"id": number}).one()
