using Marketplace.Cli;

return (int)MarketCommand.Run(args, Terminal.OfProcess());
