package sample

// The regions in which customers live, by nationality, in percent.
const (
	moroccanRegions = `Casablanca 25, Marrakech 15, Rabat 13, Fès 9, Tanger 9, Agadir 7, Meknès 5, Oujda 3, Kénitra 3,
		Tétouan 3, Essaouira 2, El Jadida 1, Ouarzazate 1, Chefchaouen 1, Merzouga 1, Laâyoune 1, Dakhla 1`
	frenchRegions = `Paris 26, Lyon 13, Marseille 12, Toulouse 9, Bordeaux 8, Nantes 6, Lille 6, Nice 5, Strasbourg 4,
		Montpellier 4, Rennes 2, Marrakech 3, Casablanca 1, Essaouira 1`
	spanishRegions  = `Madrid 30, Barcelona 24, Sevilla 13, Valencia 9, Málaga 9, Bilbao 5, Granada 5, Cádiz 2, Tanger 2, Tétouan 1`
	britishRegions  = `London 40, Manchester 14, Edinburgh 10, Bristol 9, Birmingham 9, Leeds 7, Glasgow 6, Brighton 4, Marrakech 1`
	germanRegions   = `Berlin 22, München 20, Hamburg 16, Köln 14, Frankfurt 12, Stuttgart 9, Leipzig 6, Agadir 1`
	americanRegions = `New York 26, Los Angeles 18, San Francisco 14, Chicago 12, Boston 10, Washington 8, Austin 6, Seattle 6`
	italianRegions  = `Roma 28, Milano 28, Torino 12, Napoli 12, Firenze 8, Bologna 7, Palermo 5`
)
