using System.Collections.Frozen;
using System.Globalization;

namespace Marketplace.Terms;

/// <summary>A currency of ISO 4217 with its minor unit.</summary>
public sealed record Currency
{
    private static readonly FrozenDictionary<string, Currency> All = Table()
        .ToFrozenDictionary(currency => currency.Code);

    private Currency(string code, int exponent)
    {
        (Code, Exponent, MinorUnitsPerUnit) = (code, exponent, 1);
        for (var place = 0; place < exponent; place++) MinorUnitsPerUnit *= 10;
    }

    /// <summary>The code, such as <c>USD</c>.</summary>
    public string Code { get; }

    /// <summary>The decimal places of an amount: 2 for USD, 0 for JPY, 3 for KWD.</summary>
    public int Exponent { get; }

    /// <summary>Ten to the power of <see cref="Exponent"/>.</summary>
    public long MinorUnitsPerUnit { get; }

    /// <summary>The currency of a code, or null if ISO 4217 has no such currency in circulation.</summary>
    public static Currency? Find(string code) => All.GetValueOrDefault(code);

    /// <summary>
    /// An amount in minor units as a plain decimal with the currency's places, such as <c>1169354838.71</c>.
    /// </summary>
    public string Format(long minorUnits) => ToUnits(minorUnits).ToString($"F{Exponent}", CultureInfo.InvariantCulture);

    /// <summary>An amount in minor units as whole currency units and a fraction; exact.</summary>
    public decimal ToUnits(long minorUnits) => (decimal)minorUnits / MinorUnitsPerUnit;

    private static IEnumerable<Currency> Table()
    {
        const string Two =
            "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY " +
            "COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF " +
            "IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR " +
            "MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG " +
            "SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES " +
            "WST XCD XCG YER ZAR ZMW ZWG";
        const string None = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
        const string Three = "BHD IQD JOD KWD LYD OMR TND";
        const string Four = "CLF UYW";
        return
        [
            .. Two.Split(' ').Select(code => new Currency(code, 2)),
            .. None.Split(' ').Select(code => new Currency(code, 0)),
            .. Three.Split(' ').Select(code => new Currency(code, 3)),
            .. Four.Split(' ').Select(code => new Currency(code, 4)),
        ];
    }
}
