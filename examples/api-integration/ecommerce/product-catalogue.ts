/** A product as the shop lists it. Prices are in dollars, `discountPercentage` is 0 to 100. */
export interface Product {
  id: number;
  title: string;
  category: string;
  price: number;
  discountPercentage: number;
  /** Pieces left to sell. */
  stock: number;
  thumbnail: string;
}

// The stock is large, so that thousands of demonstration orders do not sell the shop out.
const TABLE: [title: string, category: string, price: number, discountPercentage: number, stock: number][] = [
  ['Essence Mascara Lash Princess', 'beauty', 9.99, 7.17, 48_210],
  ['Eyeshadow Palette with Mirror', 'beauty', 19.99, 5.5, 30_940],
  ['Powder Canister', 'beauty', 14.99, 18.14, 56_120],
  ['Red Lipstick', 'beauty', 12.99, 19.03, 68_300],
  ['Red Nail Polish', 'beauty', 8.99, 2.46, 71_450],
  ['Citrus Eau de Toilette', 'fragrances', 49.99, 0.32, 17_080],
  ['Cedar and Amber Eau de Parfum', 'fragrances', 129.99, 18.64, 41_570],
  ['Jasmine Body Mist', 'fragrances', 24.99, 17.44, 91_360],
  ['Annibale Colombo Bed', 'furniture', 1899.99, 0.29, 12_470],
  ['Annibale Colombo Sofa', 'furniture', 2499.99, 18.54, 16_030],
  ['Bedside Table African Cherry', 'furniture', 299.99, 9.58, 16_790],
  ['Conference Chair', 'furniture', 499.99, 15.23, 47_600],
  ['Wooden Bathroom Sink with Mirror', 'furniture', 799.99, 11.22, 19_500],
  ['Braeburn Apples, 1 kg', 'groceries', 3.99, 1.97, 95_310],
  ['Ground Coffee, 500 g', 'groceries', 7.99, 16.44, 67_720],
  ['Olive Oil, 1 l', 'groceries', 11.49, 4.9, 88_140],
  ['Basmati Rice, 2 kg', 'groceries', 5.99, 9.33, 99_020],
  ['Honey Jar, 450 g', 'groceries', 6.99, 14.4, 34_660],
  ['Green Tea, 50 bags', 'groceries', 4.49, 0, 82_290],
  ['Desk Lamp, brushed steel', 'home-decoration', 49.99, 12.77, 21_880],
  ['Ceramic Plant Pot', 'home-decoration', 14.99, 7.96, 59_430],
  ['Picture Frame, 30 × 40 cm', 'home-decoration', 29.99, 8.03, 40_150],
  ['Bamboo Spatula', 'kitchen', 7.99, 1.4, 37_900],
  ['Black Aluminium Cup', 'kitchen', 5.99, 14.9, 75_210],
  ['Carbon Steel Wok', 'kitchen', 29.99, 10.61, 40_830],
  ['Chopping Board, walnut', 'kitchen', 12.99, 6.64, 14_260],
  ['Wireless Keyboard', 'electronics', 59.99, 15.33, 28_640],
  ['Noise Cancelling Headphones', 'electronics', 199.99, 9.72, 22_350],
  ['USB-C Charger, 65 W', 'electronics', 34.99, 3.87, 63_070],
  ['Phone Case, clear', 'electronics', 15.49, 11.05, 80_990],
];

/** The thirty products of the shop, ids 1 to 30, fresh objects on every call. */
export const productCatalogue = (): Product[] =>
  TABLE.map(([title, category, price, discountPercentage, stock], index) => ({
    id: index + 1,
    title,
    category,
    price,
    discountPercentage,
    stock,
    thumbnail: `https://images.ecommerce.example/products/${index + 1}.webp`,
  }));
