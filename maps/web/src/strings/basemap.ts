/** Words of the basemap: labels, the readout of coordinates, the panel of layers, what is said when the map is less than it could be. */

export const basemapWords = {
  ford: "ford",
  undrawn: (message: string): string => `The map shows no water and places of this network: ${message}`,
  noWebgl: "This browser has no WebGL: the map is drawn in a simpler way. Everything of the mission is on it.",
  readout: (form: string): string => `Coordinates as ${form}. Press for another form.`,
  copy: "Copy the coordinates of the middle of the map in all forms",
  copyShort: "Copy",
  copied: "Coordinates copied in all forms.",
  notCopied: "This browser does not let the page copy.",
  forms: { mgrs: "MGRS", decimal: "decimal degrees", dms: "degrees, minutes, seconds", utm: "UTM" } as Record<string, string>,
  zoomIn: "Zoom in",
  zoomOut: "Zoom out",
  keyboard: "Operations map. Arrow keys move it, plus and minus zoom.",
  layers: {
    title: "Layers",
    basemap: "Basemap",
    mission: "Mission",
    dim: "Dim the basemap",
    legend: "Legend",
    names: {
      roads: "Roads", water: "Water", land: "Woods, wetland, built-up", places: "Place names", grid: "Military grid", trails: "Trails",
      facilities: "Facilities", sites: "Sites", hazards: "Hazards", legs: "Ways of chains",
    } as Record<string, string>,
    lines: {
      major: "main road, paved", minor: "road, paved", unpaved: "not paved, track", walked: "on foot only", estimated: "estimated figures", closed: "closed in this season",
      shut: "private or no motor vehicles", limited: "limit of weight, height or width", ford: "ford", ferry: "ferry", river: "river, stream",
    } as Record<string, string>,
  },
};
