{#
  What columns of the contract are called elsewhere, the surest names first; in small letters
  without accents, blanks and signs. Only suggest_vars reads them: a build guesses nothing.
#}
{% macro column_synonyms() %}
    {% do return({
        'order_id': [
            'orderid', 'ordernumber', 'orderno', 'ordernr', 'idorder', 'invoiceid', 'invoicenumber',
            'invoiceno', 'transactionid', 'transactionno', 'receiptid', 'receiptno', 'basketid',
            'saleid', 'salesid', 'purchaseid', 'order', 'invoice', 'transaction', 'receipt',
            'bestellnummer', 'bestellnr', 'bestellid', 'bestellung', 'auftragsnummer', 'auftragsnr',
            'auftragsid', 'auftrag', 'rechnungsnummer', 'rechnungsnr', 'belegnummer', 'belegnr',
            'bonnummer', 'bonnr', 'numerocommande', 'numerodecommande', 'numcommande', 'nocommande',
            'ncommande',
            'idcommande', 'commandeid', 'refcommande', 'commande', 'numerofacture', 'facture',
            'rechargeorderid', 'amazonorderid', 'incrementid', 'salesrecordnumber', 'chargeid', 'paymentid',
            'subscriptionid', 'id', 'uuid', 'guid',
        ],
        'customer_id': [
            'customeruniqueid', 'customerid', 'customernumber', 'customerno', 'customernr', 'idcustomer', 'custid',
            'clientid', 'clientno', 'userid', 'memberid', 'buyerid', 'shopperid', 'accountid',
            'customer', 'client', 'cust', 'member', 'user', 'buyer', 'kundennummer', 'kundennr',
            'kundenid', 'kundeid', 'kdnr', 'kunde', 'numeroclient', 'numclient', 'noclient',
            'nclient', 'idclient', 'codeclient', 'customeremail',
            'billingemail', 'emailbilling', 'buyeremail', 'fromemailaddress', 'contactemail',
            'buyerusername', 'username', 'email', 'emailaddress',
        ],
        'ordered_at': [
            'orderedat', 'orderdate', 'ordertime', 'orderdatetime', 'ordertimestamp', 'orderedon',
            'purchasedat', 'purchasedate', 'orderpurchasetimestamp', 'invoicedate',
            'transactiondate', 'saledate', 'soldat', 'receiptdate', 'processedat', 'createdat', 'created',
            'createddateutc', 'createdutc', 'datecreated', 'datecreatedgmt', 'datepaid', 'placedat',
            'datetime', 'timestamp', 'date', 'ts', 'day', 'bestelldatum', 'bestellzeit', 'bestelltam',
            'auftragsdatum', 'kaufdatum', 'rechnungsdatum', 'belegdatum', 'datum', 'datecommande',
            'datedecommande', 'commandele', 'dateachat', 'datefacture',
        ],
        'amount': [
            'amount', 'orderamount', 'totalamount', 'ordertotal', 'ordertotalamount', 'basegrandtotal',
            'grandtotalbase', 'grandtotal', 'netamount', 'grossamount', 'ordervalue', 'totalprice',
            'totalsales', 'netsales', 'nettotal', 'nrevenueformatted', 'totalcollected', 'gross', 'revenue', 'sales', 'turnover', 'paymentvalue', 'total',
            'value', 'spend', 'price', 'gesamtbetrag', 'betrag', 'bestellwert', 'warenwert',
            'rechnungsbetrag', 'nettobetrag', 'bruttobetrag', 'umsatz', 'gesamtpreis', 'summe',
            'preis', 'montanttotal', 'montant', 'prixtotal', 'prix', 'chiffredaffaires', 'ca',
        ],
        'product_cost': [
            'productcost', 'cogs', 'costofgoods', 'costofgoodssold', 'costprice', 'wareneinsatz',
            'einkaufspreis', 'coutproduit', 'prixdachat',
        ],
        'discount_amount': [
            'discountamount', 'discount', 'discounttotal', 'totaldiscounts', 'totaldiscount',
            'cartdiscountamount', 'rebate', 'couponamount', 'voucheramount', 'rabattbetrag',
            'rabatt', 'remise',
        ],
        'channel': [
            'channel', 'saleschannel', 'orderchannel', 'vertriebskanal', 'verkaufskanal', 'kanal',
            'canal', 'canaldevente',
        ],
        'currency': [
            'currency', 'currencycode', 'ordercurrency', 'basecurrencycode', 'ordercurrencycode', 'waehrung', 'wahrung',
            'devise', 'monnaie',
        ],
        'status': [
            'status', 'orderstatus', 'financialstatus', 'paymentstatus', 'chargestatus', 'itemstatus',
            'state', 'bestellstatus', 'zahlungsstatus', 'statut', 'etat',
        ],
        'updated_at': [
            'updatedat', 'lastupdated', 'lastupdateddate', 'modifiedat', 'lastmodified', 'geaendertam', 'geandertam',
            'modifiele',
        ],
        'registered_at': [
            'registeredat', 'registeredon', 'registrationdate', 'signupdate', 'signedupat',
            'dateregistered', 'joinedat', 'joinedon', 'joindate', 'membersince', 'customersince', 'createdat',
            'registrierungsdatum', 'anmeldedatum', 'kundeseit', 'dateinscription', 'inscritle',
        ],
        'acquisition_channel': ['acquisitionchannel', 'signupchannel', 'herkunft'],
        'acquisition_cost': ['acquisitioncost', 'cac'],
        'birth_date': [
            'birthdate', 'dateofbirth', 'birthday', 'dob', 'geburtsdatum', 'datenaissance',
            'datedenaissance',
        ],
        'region': ['region', 'state', 'country', 'bundesland', 'land', 'pays'],
        'marketing_consent': ['marketingconsent', 'optin', 'newsletteroptin', 'consent'],
        'line_number': [
            'linenumber', 'lineno', 'item', 'lineid', 'line', 'orderitemid', 'itemnumber', 'position',
            'positionsnummer', 'posnr', 'pos', 'ligne', 'numeroligne',
        ],
        'product_id': [
            'productid', 'productcode', 'lineitemsku', 'lineitemname', 'itemname', 'itemtitle', 'productname', 'stockcode', 'sku', 'itemid', 'articleid', 'product',
            'artikelnummer', 'artikelnr', 'artikelid', 'produktid', 'artikel', 'referenceproduit',
            'article', 'idproduit', 'produit',
        ],
        'category': [
            'category', 'productcategory', 'department', 'shelf', 'kategorie', 'warengruppe',
            'categorie', 'rayon',
        ],
        'quantity': [
            'quantity', 'qty', 'quantitypurchased', 'lineitemquantity', 'quantityrefund', 'itemquantity', 'orderedquantity', 'pieces', 'units', 'menge', 'anzahl', 'stueck',
            'stuck', 'quantite', 'qte',
        ],
        'unit_price': [
            'unitprice', 'priceperunit', 'lineitemprice', 'itemcost', 'soldfor', 'priceeach', 'itemprice', 'price', 'einzelpreis',
            'stueckpreis', 'stuckpreis', 'preis', 'prixunitaire', 'prix',
        ],
        'line_total': [
            'linetotal', 'lineamount', 'linevalue', 'lineprice', 'linesubtotal', 'itemtotal',
            'itemamount', 'itemsubtotal', 'rowtotal', 'extendedprice', 'extendedamount', 'positionssumme',
            'positionsbetrag', 'zeilensumme', 'totalligne', 'montantligne',
        ],
        'contacted_on': [
            'contactedon', 'contactedat', 'contactdate', 'sentat', 'senton', 'mailedon',
            'kontaktdatum', 'versanddatum', 'datecontact', 'datedenvoi',
        ],
        'campaign_id': ['campaignid', 'campaign', 'waveid', 'wave', 'kampagne', 'campagne'],
        'arm': ['arm', 'variant', 'testgroup', 'treatmentgroup', 'experimentgroup'],
        'assigned_on': ['assignedon', 'assignedat', 'assignmentdate'],
        'offer_id': ['offerid', 'offer', 'couponid', 'voucherid', 'promotionid'],
        'redemption_id': ['redemptionid'],
        'redeemed_on': ['redeemedon', 'redeemedat', 'redemptiondate'],
        'starts_on': ['startson', 'startdate', 'startsat'],
        'ends_on': ['endson', 'enddate', 'endsat'],
        'spend_id': ['spendid', 'billid', 'bookingid'],
        'period_start': ['periodstart', 'spendmonth', 'spentfor', 'month'],
        'goal': ['goal', 'spendgoal', 'purpose', 'objective'],
        'cost': ['cost', 'contactcost', 'costpercontact', 'kosten', 'cout'],
    }) %}
{% endmacro %}
