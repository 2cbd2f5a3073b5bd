"""Health and readiness under the addresses of the AR platform's document."""

from fastapi import APIRouter

from app.routes.health import health, ready

router = APIRouter(tags=["health"], prefix="/health")
router.get("/status")(health)
router.get("/readiness")(ready)
