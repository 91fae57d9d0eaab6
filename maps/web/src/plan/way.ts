/** A line's way as the map draws an option under the eye: straight from stop to stop, as long as nobody is tasked. Pure. */
import type { Leg, Option } from "../live/protocol";
import type { PlanLine, Ride, Stop } from "./shapes";

export function wayOf(line: PlanLine): Option {
  return {
    id: line.id, rank: line.rank, summary: line.summary, vehicles: line.vehicles, facility: line.facility, casualties: line.casualties,
    pickup_p50_at: line.rides[0]?.begin_at ?? "", arrive_p50_at: line.rides.at(-1)?.end_at ?? "", arrive_p90_at: line.rides.at(-1)?.end_at ?? "",
    verdict: "", estimated: true, legs: line.rides.flatMap(legsOf), reasons: [], risks: [], capability: [], via: [],
    beds_free_on_arrival: null, ahead_in_queue: 0, table_free_at: null,
  };
}

function legsOf(ride: Ride): Leg[] {
  const stops = [ride.start, ...ride.stops, ride.end];
  return stops.slice(1).map((to, index) => leg(ride, stops[index] as Stop, to));
}

const leg = (ride: Ride, from: Stop, to: Stop): Leg => ({
  mode: ride.air ? "air" : "ground", vehicle: ride.vehicle, purpose: "", from, to, path: [[from.lon, from.lat], [to.lon, to.lat]], metres: 0,
  depart_at: ride.begin_at, arrive_p50_at: ride.end_at, arrive_p90_at: ride.end_at, estimated: true, casualties: ride.casualties,
});
