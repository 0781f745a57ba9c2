package sample

// Names of the Maghreb and the Gulf, most frequent first, in Latin and in Arabic letters.
const (
	moroccanWomen = `Fatima=فاطمة, Khadija=خديجة, Amina=أمينة, Fatima Zahra=فاطمة الزهراء, Meryem=مريم, Salma=سلمى,
		Zineb=زينب, Sara=سارة, Nadia=نادية, Samira=سميرة, Hanane=حنان, Laila=ليلى, Imane=إيمان, Hajar=هاجر, Aicha=عائشة,
		Naima=نعيمة, Latifa=لطيفة, Souad=سعاد, Ghita=غيثة, Houda=هدى, Asmae=أسماء, Ikram=إكرام, Karima=كريمة,
		Malika=مليكة, Rachida=رشيدة, Siham=سهام, Nawal=نوال, Loubna=لبنى, Chaimae=شيماء, Oumaima=أميمة, Yasmine=ياسمين,
		Kenza=كنزة, Rania=رانيا, Hind=هند, Widad=وداد, Ibtissam=ابتسام, Kawtar=كوثر, Najat=نجاة, Safae=صفاء,
		Bouchra=بشرى, Rim=ريم, Jihane=جيهان, Lamiae=لمياء, Sanae=سناء, Dounia=دنيا`
	moroccanMen = `Mohamed=محمد, Ahmed=أحمد, Youssef=يوسف, Hassan=حسن, Omar=عمر, Rachid=رشيد, Khalid=خالد, Mehdi=المهدي,
		Amine=أمين, Hamza=حمزة, Abdellah=عبد الله, Said=سعيد, Karim=كريم, Mustapha=مصطفى, Brahim=إبراهيم, Anas=أنس,
		Ayoub=أيوب, Ismail=إسماعيل, Driss=إدريس, Hicham=هشام, Nabil=نبيل, Tarik=طارق, Adil=عادل, Zakaria=زكرياء,
		Othmane=عثمان, Soufiane=سفيان, Yassine=ياسين, Ilyas=إلياس, Abdelhak=عبد الحق, Jamal=جمال, Fouad=فؤاد,
		Noureddine=نور الدين, Bilal=بلال, Reda=رضا, Marouane=مروان, Walid=وليد, Aziz=عزيز, Badr=بدر, Ali=علي,
		Samir=سمير, Hakim=حكيم, Larbi=العربي, Houssam=حسام, Oussama=أسامة, Taha=طه`
	moroccanLast = `Alaoui=العلوي, Idrissi=الإدريسي, Bennani=بناني, Tazi=التازي, El Amrani=العمراني, Benjelloun=بنجلون,
		Berrada=برادة, El Fassi=الفاسي, Chraibi=الشرايبي, Lahlou=لحلو, Benali=بنعلي, Ouazzani=الوزاني, Filali=الفيلالي,
		Naciri=الناصري, El Mansouri=المنصوري, Haddad=حداد, Saidi=السعيدي, Rachidi=الرشيدي, Kabbaj=القباج, Sebti=السبتي,
		Cherkaoui=الشرقاوي, Tahiri=الطاهري, Mernissi=المرنيسي, Ziani=الزياني, Belhaj=بلحاج, Zerouali=الزروالي,
		Hamdaoui=الحمداوي, Bouazza=بوعزة, El Khatib=الخطيب, Lamrani=لمراني, Skalli=الصقلي, Guessous=كسوس,
		Bouzidi=البوزيدي, Khaldi=الخالدي, Ait Ahmed=أيت أحمد, Ait Lahcen=أيت لحسن, Ouali=الوالي, Moussaoui=الموساوي,
		Hajji=الحجي, Zouhri=الزهري, Regragui=الركراكي, Daoudi=الداودي, Jabri=الجابري, Kadiri=القادري, Lazrak=الأزرق,
		Mekouar=مكوار, Nejjar=النجار, Qasmi=القاسمي, Ramdani=الرمضاني, Senhaji=الصنهاجي, Touzani=التوزاني,
		Yacoubi=اليعقوبي, Zaki=زكي, Belkadi=بلقاضي, Bensouda=بنسودة, Benmoussa=بنموسى, Bouhaddou=بوحدو,
		Boukhari=البوخاري, Chakir=شاكر, Chaoui=الشاوي, Dahbi=الذهبي, El Ghali=الغالي, El Hilali=الهلالي,
		El Malki=المالكي, El Kettani=الكتاني, El Ouafi=الوافي, El Yousfi=اليوسفي, Fahmi=فهمي, Fikri=فكري,
		Ghazali=الغزالي, Hilmi=حلمي, Hafidi=الحفيظي, Iraqi=العراقي, Jalal=جلال, Kharbouch=خربوش, Khayat=الخياط,
		Laaroussi=العروسي, Lakhdar=لخضر, Loukili=الوكيلي, Maaroufi=المعروفي, Mahfoud=محفوظ, Marzouki=المرزوقي,
		Mouline=مولين, Mrabet=المرابط, Najib=نجيب, Nouri=النوري, Ouahbi=وهبي, Rahmouni=الرحموني, Rami=رامي,
		Riffi=الريفي, Sabri=صبري, Sadiki=الصديقي, Salhi=الصالحي, Sbai=السباعي, Serghini=السرغيني, Slaoui=السلاوي,
		Soussi=السوسي, Tadlaoui=التادلاوي, Talbi=الطالبي, Tijani=التيجاني, Tounsi=التونسي, Yahyaoui=اليحياوي,
		Zahidi=الزاهيدي, Zemmouri=الزموري, Zniber=زنيبر, Bakkali=البقالي, Baraka=بركة, Belghiti=بلغيتي,
		Benchekroun=بنشقرون, Benhima=بنهيمة, Bennis=بنيس, Boutaleb=بوطالب, Chbani=الشباني, Debbagh=الدباغ,
		Drissi=الدريسي, Ennaji=الناجي, Fathi=فتحي, Gharbi=الغربي, Hakimi=الحكيمي, Harrak=الحراق, Jazouli=الجزولي,
		Karimi=الكريمي, Lamine=الأمين, Lyazidi=اليزيدي, Mokhtari=المختاري, Oudghiri=الودغيري, Raissouni=الريسوني,
		Saadi=السعدي, Tamimi=التميمي, Zerhouni=الزرهوني`
	gulfWomen = `Maryam=مريم, Fatima=فاطمة, Noura=نورة, Aisha=عائشة, Sara=سارة, Hessa=حصة, Latifa=لطيفة, Mona=منى,
		Reem=ريم, Shamma=شما, Moza=موزة, Hind=هند, Amal=أمل, Lulwa=لولوة, Dana=دانة, Jawaher=جواهر, Munira=منيرة,
		Abeer=عبير, Haya=هيا, Layan=ليان`
	gulfMen = `Mohammed=محمد, Abdullah=عبدالله, Khalid=خالد, Sultan=سلطان, Ahmed=أحمد, Saeed=سعيد, Faisal=فيصل,
		Omar=عمر, Hamad=حمد, Rashid=راشد, Abdulaziz=عبدالعزيز, Turki=تركي, Majid=ماجد, Nasser=ناصر, Saud=سعود,
		Bandar=بندر, Yousef=يوسف, Ali=علي, Fahad=فهد, Mansour=منصور, Salem=سالم, Tariq=طارق, Hazza=هزاع, Waleed=وليد`
	gulfLast = `Al Mansoori=المنصوري, Al Qahtani=القحطاني, Al Ghamdi=الغامدي, Al Harbi=الحربي, Al Shamsi=الشامسي,
		Al Otaibi=العتيبي, Al Mazrouei=المزروعي, Al Zahrani=الزهراني, Al Dosari=الدوسري, Al Suwaidi=السويدي,
		Al Hammadi=الحمادي, Al Shehri=الشهري, Al Mutairi=المطيري, Al Ketbi=الكتبي, Al Blooshi=البلوشي, Al Asmari=الأسمري,
		Al Juhani=الجهني, Al Marri=المري, Al Dhaheri=الظاهري, Al Anazi=العنزي, Al Amri=العمري, Al Balawi=البلوي,
		Al Kaabi=الكعبي, Al Nuaimi=النعيمي, Al Rumaithi=الرميثي, Al Subaie=السبيعي, Al Tamimi=التميمي,
		Al Yami=اليامي, Al Ali=العلي, Al Falasi=الفلاسي, Al Jaberi=الجابري, Al Khaldi=الخالدي, Al Sayegh=الصايغ,
		Al Najjar=النجار, Bin Saleh=بن صالح, Al Hashmi=الهاشمي, Al Zaabi=الزعابي, Al Muhairi=المهيري, Al Badri=البدري,
		Al Omari=العمري`
)

// Names of Europe and America, most frequent first.
const (
	frenchWomen = `Marie, Camille, Sophie, Julie, Hélène, Claire, Nathalie, Isabelle, Chloé, Léa, Manon, Émilie, Zoé, Céline,
		Aurélie, Anaïs, Pauline, Mathilde, Charlotte, Inès, Élodie, Catherine, Françoise, Sandrine, Véronique, Lucie,
		Margaux, Noémie, Florence, Agnès, Delphine, Joëlle, Clémence, Solène, Maëlle, Juliette, Marion, Anne-Laure,
		Marie-Christine, Béatrice`
	frenchMen = `Thomas, Nicolas, Jérôme, Pierre, Julien, François, Antoine, Maxime, Alexandre, Sébastien, Stéphane, Lucas,
		Hugo, Philippe, Olivier, Laurent, Guillaume, Étienne, Benoît, Cédric, Mathieu, Rémi, Gaël, Frédéric, Michel,
		Jean-Pierre, Jean-Luc, Christophe, Vincent, Théo, Raphaël, Baptiste, Clément, Grégoire, Loïc, Yann, Gérard,
		Bruno, Romain, Xavier`
	frenchLast = `Martin, Bernard, Dubois, Durand, Moreau, Laurent, Lefèvre, Michel, Garnier, Roux, Fournier, Girard, Bonnet,
		Dupont, Lambert, Fontaine, Rousseau, Vincent, Mercier, Faure, Chevalier, Blanc, Guérin, Boyer, Perrin, Clément,
		Gauthier, Robin, Masson, Noël, Lemaire, Dumont, Marchand, Duval, Roussel, Joly, Barbier, Renard, Picard, Aubert,
		Roy, Colin, Vidal, Caron, Fabre, Lacroix, Leclerc, Brun, Meunier, Rolland, Bourgeois, Gaillard, Philippe, Roger,
		Leroux, Benoît, Arnaud, Renaud, Lecomte, Olivier, Hubert, Schmitt, Rey, Dupuy, Guillot, Carpentier, Royer,
		Moulin, Prévost, Cousin, Maillard, Baron, Pons, Rivière, Collet, Gérard, Poirier, Leroy, Fleury, Charpentier,
		Marty, Guyot, Lemoine, Besson, Bailly, Hamon, Hervé, Barre, Delmas, Perrot, Jacquet, Tessier, Millet, Germain,
		Léger, Bouvier, Marchal, Maréchal, Briand, Gilles, Benard, Carlier, Berger, Pichon, Lebrun, Da Silva, Dijoux,
		Texier, Pelletier, Humbert, Mallet, Blanchard, Étienne, Chauvin, Payet, Boulanger, Cordier, Weber, Gros, Camus,
		Brunel, Besnard, Courtois, Le Goff, Kermarrec, Vasseur`
	spanishWomen = `María, Carmen, Lucía, Ana, Laura, Marta, Paula, Elena, Cristina, Isabel, Sofía, Raquel, Beatriz, Pilar,
		Rocío, Inés, Nuria, Silvia, Alba, Irene, Mónica, Verónica, Ángela, Teresa, Begoña, Lola`
	spanishMen = `Antonio, José, Manuel, David, Javier, Daniel, Carlos, Alejandro, Pablo, Miguel, Sergio, Álvaro, Fernando,
		Jesús, Rubén, Adrián, Iván, Óscar, Raúl, Andrés, Joaquín, Ramón, Íñigo, Jordi, Héctor, Ignacio`
	spanishLast = `García, Rodríguez, González, Fernández, López, Martínez, Sánchez, Pérez, Gómez, Martín, Jiménez, Ruiz,
		Hernández, Díaz, Moreno, Muñoz, Álvarez, Romero, Alonso, Gutiérrez, Navarro, Torres, Domínguez, Vázquez, Ramos,
		Gil, Ramírez, Serrano, Blanco, Molina, Morales, Suárez, Ortega, Delgado, Castro, Ortiz, Rubio, Marín, Sanz,
		Núñez, Iglesias, Medina, Garrido, Cortés, Castillo, Santos, Lozano, Guerrero, Cano, Prieto, Méndez, Cruz,
		Calvo, Gallego, Vidal, León, Márquez, Herrera, Peña, Flores, Cabrera, Campos, Vega, Fuentes, Carrasco, Reyes`
	englishWomen = `Emily, Sarah, Emma, Olivia, Charlotte, Hannah, Jessica, Sophie, Laura, Rachel, Lucy, Megan, Katie, Amy,
		Rebecca, Alice, Grace, Helen, Victoria, Chloe, Claire, Elizabeth, Jane, Abigail, Eleanor, Fiona, Heather, Isla,
		Julia, Margaret, Natalie, Poppy, Ruth, Susan, Zoe, Ashley, Brenda, Madison, Siobhán, Nicole`
	englishMen = `James, John, David, Michael, Thomas, William, Daniel, Andrew, Matthew, Robert, Christopher, Jack, Oliver,
		Richard, Paul, Mark, Stephen, George, Harry, Peter, Simon, Edward, Benjamin, Samuel, Adam, Alexander, Callum,
		Ethan, Graham, Henry, Ian, Jacob, Liam, Nathan, Ryan, Tyler, Brandon, Kevin, Patrick, Neil`
	englishLast = `Smith, Jones, Taylor, Brown, Williams, Johnson, Wilson, Davies, Evans, Walker, Wright, Robinson, Thompson,
		White, Hughes, Edwards, Green, Hall, Wood, Harris, Clarke, Jackson, Turner, Hill, Cooper, Ward, Morris, Moore,
		Clark, Lee, King, Baker, Harrison, Morgan, Allen, Scott, Phillips, Watson, Davis, Parker, Bennett, Price,
		Griffiths, Young, Mitchell, Kelly, Cook, Carter, Richardson, Bailey, Collins, Bell, Shaw, Murphy, Miller, Cox,
		Khan, Marshall, Anderson, Simpson, Ellis, Adams, Singh, Wilkinson, Foster, Chapman, Powell, Webb, Rogers, Gray,
		Mason, Hunt, Palmer, Holmes, Mills, Campbell, Barnes, Knight, Matthews, Barker, Butler, Russell, Stevens,
		Jenkins, Fisher, Dixon, Fletcher, Pearson, Graham, Reynolds, Harvey, Gibson, Walsh, Brooks, Howard, West, Ryan,
		Lawrence, Sullivan, Nguyen, Peterson, Hayes, Coleman, Perry, Reed, Long, Sanders, Ross, O'Connor, McDonald,
		Armstrong, Lawson, Whitaker, Lindqvist, Holloway, Bradshaw, Pemberton, Ashworth, Fairbanks, Kowalski`
	germanWomen = `Anna, Julia, Sabine, Katharina, Petra, Claudia, Susanne, Lena, Laura, Monika, Nicole, Birgit, Jana,
		Franziska, Ute, Käthe, Johanna, Silke, Heike, Jördis, Bärbel, Anke, Theresa, Miriam`
	germanMen = `Thomas, Michael, Andreas, Stefan, Christian, Jürgen, Matthias, Lukas, Jan, Felix, Günther, Wolfgang, Uwe,
		Klaus, Jörg, Bernd, Tobias, Sebastian, Florian, Björn, Dieter, Götz, Henrik, Moritz`
	germanLast = `Müller, Schmidt, Schneider, Fischer, Weber, Meyer, Wagner, Becker, Schulz, Hoffmann, Schäfer, Koch, Bauer,
		Richter, Klein, Wolf, Schröder, Neumann, Schwarz, Zimmermann, Braun, Krüger, Hofmann, Hartmann, Lange, Krause,
		Lehmann, Köhler, Maier, Herrmann, König, Walter, Huber, Kaiser, Fuchs, Peters, Lang, Scholz, Möller, Weiß, Jung,
		Hahn, Vogel, Friedrich, Keller, Günther, Berger, Winkler, Roth, Beck, Lorenz, Baumann, Franke, Albrecht, Simon,
		Böhm, Schuster, Krämer, Ziegler, Kühn`
	italianWomen = `Giulia, Francesca, Chiara, Sara, Martina, Alessia, Elena, Valentina, Silvia, Paola, Laura, Federica,
		Anna, Roberta, Ilaria, Beatrice, Lucia, Niccolina, Simona, Noemi`
	italianMen = `Marco, Andrea, Alessandro, Luca, Matteo, Francesco, Davide, Lorenzo, Giuseppe, Stefano, Simone, Paolo,
		Riccardo, Giovanni, Fabio, Nicolò, Emanuele, Antonio, Salvatore, Pietro`
	italianLast = `Rossi, Russo, Ferrari, Esposito, Bianchi, Romano, Colombo, Ricci, Marino, Greco, Bruno, Gallo, Conti,
		De Luca, Mancini, Costa, Giordano, Rizzo, Lombardi, Moretti, Barbieri, Fontana, Santoro, Mariani, Rinaldi,
		Caruso, Ferrara, Galli, Martini, Leone, Longo, Gentile, Martinelli, Vitale, Lombardo, Serra, Coppola, De Santis,
		D'Angelo, Marchetti, Parisi, Villa, Conte, Ferraro, Ferri, Fabbri, Bianco, Marini, Grasso, Niccolò`
)
