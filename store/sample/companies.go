package sample

// The name of a company is a kind of business in which a stem replaces the star.
const (
	moroccanStems = `Atlas, Sahara, Al Andalous, Zagora, Menara, Majorelle, Toubkal, Draa, Dadès, Ourika, Almoravide,
		Oasis, Palmeraie, Bab Doukkala, Jbel Saghro, Sirocco, Argane, Safran, Zellij, Mogador, Volubilis, Chellah,
		Hassania, Kasbah Verte, Étoile du Sud, Dunes d'Or, Perle du Sud, Soleil de Tafraout, Nomade, Amazigh,
		Tifaouine, Agafay, Ifrane, Bouregreg, Sidi Kaouki, Tamuda, Ourzazi, Tassilte, Imlil, Al Boustane`
	moroccanKinds = `* Tours, * Voyages, Riad *, * Events SARL, * Travel SARL, Hôtel *, * Transport Touristique,
		* Excursions, Agence *, Dar *, * Aventures, * Congrès, * Location 4x4, Groupe * SA, Fondation *, Clinique *,
		Lycée *, * Import Export`
	frenchStems = `Lumière, Horizons, Grand Sud, Méridien, Évasion, Boussole, Terres Lointaines, Cap Sud, Azur, Alizés,
		Beaumarchais, Belle Étoile, Caravane, Mistral, Odyssée, Passerelle, Sainte-Victoire, Vent d'Est, Galilée,
		Clair de Lune, Hirondelle, Pas à Pas, Sillage, Tramontane, Zéphyr`
	frenchKinds = `Voyages *, * Voyages, * Évasions SAS, Agence *, Comité d'entreprise *, * Séminaires, Association *,
		Club de randonnée *, * Incentive, Éditions *, Cabinet *, Tour-opérateur *`
	spanishStems = `Alhambra, Guadalquivir, Estrecho, Al-Ándalus, Camino Real, Mediterráneo, Brújula, Levante, Mirador,
		Azahar, Giralda, Montaña Viva, Rosa de los Vientos, Sierra Nevada, Poniente, Tres Culturas, Nómada, Cigüeña`
	spanishKinds = `Viajes *, * Viajes SL, * Aventura, Agencia *, Asociación *, * Congresos, Grupo *, Colegio *`
	englishStems = `Amber, Blue Door, Caravan, Compass, Copper Kettle, Crescent, Desert Rose, Far Horizon, Fernhill,
		Golden Dune, Green Lantern, Kestrel, Long Road, Maple, North Star, Open Sky, Redwood, Silver Fox, Skylark,
		Saffron, Stonebridge, Swift, Wandering Owl, Westwind`
	englishKinds = `* Travel Ltd, * Tours, * Expeditions, * Adventures, * Events Ltd, * Holidays, The * Society, * Film Productions`
	germanStems  = `Abendstern, Bergwind, Edelweiß, Fernweh, Grüner Weg, Himmelblau, Kompass, Morgenröte, Nordlicht,
		Rückenwind, Südwind, Wüstenfuchs, Weitblick, Zugvogel`
	germanKinds  = `* Reisen GmbH, Reisebüro *, * Studienreisen, * Erlebnisreisen, Wanderverein *, * Tagungen GmbH`
	italianStems = `Aurora, Bussola, Girasole, Levante Blu, Luna Nuova, Maestrale, Orizzonte, Rondine, Scirocco, Stella Polare,
		Terra Antica, Ulisse`
	italianKinds = `Viaggi *, * Viaggi Srl, Agenzia *, Associazione *, * Eventi, Gruppo *`
	gulfStems    = `Al Noor, Al Waha, Al Safwa, Burooj, Falcon, Pearl, Palm Gate, Al Majd, Al Rimal, Sidra, Al Yasmin, Golden Oryx`
)
