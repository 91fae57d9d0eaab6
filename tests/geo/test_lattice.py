"""The lattice: polygons that hold exactly what is inside, one within the other, and walks never too short."""

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from geo.lattice import Lattice, Seeds, lattice, polygons, read, spread, touched

MASKS = array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=14).flatmap(
    lambda shape: st.tuples(arrays(bool, shape), arrays(bool, shape))
)


def over(shape: tuple[int, int]) -> Lattice:
    return Lattice(-8.61234567, 41.1, 0.0013, 0.0009, shape[1], shape[0], 100.0)


@given(masks=MASKS)
@settings(max_examples=300, deadline=None)
def test_polygons_hold_their_points_and_no_other(masks):
    inside = masks[0]
    grid = over(inside.shape)
    area = polygons(grid, inside)
    assert area.is_valid
    x, y = np.meshgrid(*grid.points())
    assert (shapely.contains_xy(area, x, y) == inside).all()


@given(masks=MASKS)
@settings(max_examples=300, deadline=None)
def test_more_points_never_take_away(masks):
    few, many = masks[0], masks[0] | masks[1]
    small, large = polygons(over(few.shape), few), polygons(over(many.shape), many)
    assert small.is_empty or small.within(large)
    assert small.area <= large.area


def test_a_hole_stays_a_hole():
    inside = np.ones((5, 5), dtype=bool)
    inside[2, 2] = False
    area = polygons(over((5, 5)), inside)
    assert len(area.geoms) == 1
    assert len(area.geoms[0].interiors) == 1


def test_a_walk_is_never_shorter_than_the_straight_way():
    grid = lattice((10.0, 5.0, 10.02, 5.02), 300.0, 30.0)
    seeds = Seeds(np.asarray([10.0103, 10.0177]), np.asarray([5.0101, 5.0042]), np.asarray([0.0, 40.0]))
    field = spread(grid, seeds, 0.5, 300.0)
    lons, lats = grid.points()
    x, y = np.meshgrid(lons, lats)
    far = [
        np.hypot((x - lon) / grid.wide, (y - lat) / grid.high) * grid.step_m
        for lon, lat in zip(seeds.lon, seeds.lat, strict=True)
    ]
    straight = np.minimum(far[0] * 0.5, far[1] * 0.5 + 40.0)
    reached = np.isfinite(field)
    assert (field[reached] >= straight[reached] - 1e-3).all()
    assert (field[reached] <= straight[reached] + 0.5 * 30.0 * 1.5).all()
    assert (np.minimum(*far)[reached] <= 300.0 + 1e-6).all()
    assert reached[np.minimum(*far) <= 300.0 - 3 * 30.0].all()


def test_the_cell_of_a_seed_is_in_whole():
    grid = lattice((10.0, 5.0, 10.01, 5.01), 100.0, 50.0)
    seeds = Seeds(np.asarray([10.0042]), np.asarray([5.0061]), np.asarray([12.0]))
    area = polygons(grid, touched(grid, seeds) <= 12.0)
    assert area.contains(shapely.Point(10.0042, 5.0061))
    assert polygons(grid, touched(grid, seeds) <= 11.0).is_empty


def test_places_outside_the_lattice_are_not_reached():
    grid = lattice((10.0, 5.0, 10.01, 5.01), 100.0, 50.0)
    field = np.zeros((grid.rows, grid.columns), dtype=np.float32)
    assert read(grid, field, np.asarray([10.005, 11.0]), np.asarray([5.005, 5.0])).tolist() == [0.0, np.inf]
